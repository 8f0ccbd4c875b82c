import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readSecretKey, type SecretKey } from '../secrets/secret-key.ts';
import type { ConfigProblem } from './config-error.ts';
import type { SecretsConfig } from './secrets-schema.ts';

const aKey = '32 bytes in base64 or hexadecimal: openssl rand -base64 32';
/** Longer files are no keys, and may be something that never ends. */
const longestKey = 1000;

/** The keys that the config names, from where it says. `file`: the config file. What is wrong goes to `problems`; no key is ever quoted. */
export function readSecretKeys(
  file: string,
  { keys }: SecretsConfig,
  environment: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblem[],
): SecretKey[] {
  const names = new Map<string, number>();
  return keys.flatMap((wanted, index) => {
    const path = `secrets.keys.${String(index)}`;
    const complain = (field: string, found: string, expected: string): SecretKey[] => {
      problems.push({ path: `${path}.${field}`, found, expected });
      return [];
    };
    const earlier = names.get(wanted.id);
    if (earlier !== undefined)
      return complain('id', `"${wanted.id}", which keys.${String(earlier)} has`, 'a name of its own');
    names.set(wanted.id, index);
    if ((wanted.file === undefined) === (wanted.env === undefined)) {
      const found = wanted.file === undefined ? 'neither file nor env' : 'file and env';
      problems.push({ path, found, expected: 'one of them' });
      return [];
    }
    const [field, text] =
      wanted.file === undefined
        ? (['env', environment[wanted.env ?? '']] as const)
        : (['file', readText(resolve(dirname(file), wanted.file))] as const);
    if (text === undefined && field === 'env')
      return complain('env', `no variable ${wanted.env ?? ''}`, `one that holds ${aKey}`);
    if (text === undefined) return complain('file', 'a file that cannot be read', `a file with ${aKey}`);
    const key = readSecretKey(wanted.id, text);
    return key === undefined ? complain(field, 'what is no key', aKey) : [key];
  });
}

function readText(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    return text.length > longestKey ? '' : text;
  } catch {
    return undefined;
  }
}
