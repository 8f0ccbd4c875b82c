import { withoutCopiedMarks } from './fold-text.ts';
import { normaliseHost } from './host.ts';

const longest = 2000;
/** Added by whoever passes a link on: they say where the reader came from, not where they go. */
const tracking =
  /^(?:utm_[a-z_]+|gclid|gbraid|wbraid|dclid|fbclid|msclkid|yclid|twclid|ttclid|li_fat_id|mc_cid|mc_eid|igsh|igshid|_hsenc|_hsmi|_ga|_gl|ref_src|ref_url|srsltid|spm)$/i;
/** `acme.example`, `www.acme.example/shop`: what people type for a web address. */
const bare = /^(?:[\p{L}\p{N}\p{M}_-]+[.\u3002])+[\p{L}\p{N}\p{M}-]{2,63}\.?(?::\d{1,5})?(?:[/?#]\S*)?$/u;

/**
 * Where a web address leads: host and path, without scheme, `www.`, usual ports, a slash at the end, what only tracks, and what stands
 * behind `#`. A query's parameters are in one order.
 */
export function normaliseUrl(written: string): string | undefined {
  const text = withoutCopiedMarks(written).normalize('NFC').trim();
  const isBare = bare.test(text) && /\p{L}/u.test(text);
  const full = /^https?:\/\//i.test(text) ? text : isBare ? `https://${text}` : undefined;
  if (full === undefined || text.length > longest || !URL.canParse(full)) return undefined;
  const url = new URL(full);
  const host = normaliseHost(url.hostname)?.replace(/^(?:www\.)+(?=.+\.)/, '');
  if (host === undefined || host === '') return undefined;
  const port = ['', '80', '443'].includes(url.port) ? '' : `:${url.port}`;
  const address = `${host}${port}${pathOf(url)}${queryOf(url)}`;
  return bare.test(address) && /\p{L}/u.test(host) ? address : undefined;
}

/** One spelling of what is percent-encoded. */
function pathOf({ pathname }: URL): string {
  const path = pathname
    .replace(/\/{2,}/g, '/')
    .replace(/%[0-9a-f]{2}/gi, (code) => {
      const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return /^[A-Za-z0-9._~-]$/.test(character) ? character : code.toUpperCase();
    })
    .split('/')
    .filter((segment) => segment !== '.' && segment !== '..')
    .join('/');
  return path.replace(/\/+$/, '');
}

function queryOf({ searchParams }: URL): string {
  const kept = [...searchParams].filter(([name]) => !tracking.test(name));
  if (kept.length === 0) return '';
  const pairs = kept.map(([name, value]) => new URLSearchParams([[name, value]]).toString());
  return `?${pairs.sort().join('&')}`;
}
