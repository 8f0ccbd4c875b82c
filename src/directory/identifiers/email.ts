import { withoutCopiedMarks } from './fold-text.ts';
import { normaliseHost } from './host.ts';

const longest = 320;

/** In one case, the domain as the DNS has it. */
export function normaliseEmail(written: string): string | undefined {
  const text = withoutCopiedMarks(written)
    .normalize('NFKC')
    .trim()
    .replace(/^mailto:/i, '')
    .replace(/^<(.*)>$/, '$1')
    .replace(/\?.*$/, '');
  const match = /^([^\s@<>()[\]\\,;:"/]+)@([^\s@/]+)$/.exec(text);
  const [, local, domain] = match ?? [];
  if (local === undefined || domain === undefined || text.length > longest) return undefined;
  const host = normaliseHost(domain);
  return host === undefined || !host.includes('.') ? undefined : `${lowerCase(local)}@${host}`;
}

function lowerCase(text: string): string {
  return text.toUpperCase().toLowerCase().normalize('NFKC');
}
