import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { findChannelModule } from '../channels/registry.ts';
import type { ConfigProblem } from './config-error.ts';

const prefix = 'SWITCHBOARD__';

/**
 * Settings from the environment, laid over the file's. `SWITCHBOARD__HTTP__PORT=9010` is http.port: two underscores step
 * into a group, one stands for the hyphen or the capital letter of a name (`PUBLIC_URL` is publicUrl, `SMS_MAIN` is sms-main). A text is
 * taken as it is (a phone number, a token of digits, a secret with a `#`); other values are YAML, so `[a, b]` is a list. With `_FILE`
 * behind the name the value is what that file holds, for secrets.
 */
export function applyEnvironment(
  file: unknown,
  schema: z.ZodType,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly value: unknown; readonly problems: ConfigProblem[] } {
  const root: unknown = structuredClone(file ?? {});
  const problems: ConfigProblem[] = [];
  for (const [variable, raw] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!variable.startsWith(prefix) || raw === undefined) continue;
    const found = settingOf(variable, raw, (path, message) => {
      problems.push({ path: variable, found: path, expected: message });
    });
    if (found === undefined) continue;
    if (!place(root, schema, found)) {
      problems.push({
        path: variable,
        found: 'a name that leads nowhere',
        expected: 'a setting of config/config.sample.yaml',
      });
    }
  }
  return { value: root, problems };
}

interface Found {
  readonly names: readonly string[];
  readonly text: string;
  /** Whatever the setting is, the text is its value. */
  readonly literal: boolean;
}

function settingOf(
  variable: string,
  raw: string,
  complain: (found: string, expected: string) => void,
): Found | undefined {
  const isFile = variable.endsWith('_FILE');
  const names = variable.slice(prefix.length, isFile ? -'_FILE'.length : undefined).split('__');
  if (!isFile) return { names, text: raw, literal: false };
  try {
    return { names, text: readFileSync(raw, 'utf8').replace(/\r?\n$/, ''), literal: true };
  } catch {
    complain('a file that cannot be read', 'the path of a file with the value');
    return undefined;
  }
}

function valueOf({ text, literal }: Found, rules: z.ZodType | undefined): unknown {
  if (literal || (rules !== undefined && unwrap(rules).def.type === 'string')) return text;
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}

function place(root: unknown, schema: z.ZodType, found: Found): boolean {
  const { names } = found;
  let here = root;
  let rules: z.ZodType | undefined = schema;
  for (const [depth, name] of names.entries()) {
    if (typeof here !== 'object' || here === null || Array.isArray(here)) return false;
    const group = here as Record<string, unknown>;
    const key = keyFor(name, Object.keys(group), rules);
    if (key === undefined) return false;
    const inner: z.ZodType | undefined = rules === undefined ? undefined : inside(rules, key, group);
    if (depth === names.length - 1) {
      const value = valueOf(found, inner);
      Object.defineProperty(group, key, { value, enumerable: true, configurable: true, writable: true });
      return true;
    }
    if (!Object.hasOwn(group, key)) group[key] = {};
    here = group[key];
    rules = inner;
  }
  return false;
}

/** The key that is there or that the schema knows; in groups with free names a new one. */
function keyFor(name: string, present: readonly string[], rules: z.ZodType | undefined): string | undefined {
  const unwrapped = rules === undefined ? undefined : unwrap(rules);
  const known = unwrapped instanceof z.ZodObject ? Object.keys(unwrapped.shape) : [];
  const wanted = canonical(name);
  const found = [...present, ...known].find((key) => canonical(key) === wanted);
  if (found !== undefined || unwrapped instanceof z.ZodObject) return found;
  // Of a line whose network is not known: camel case, as all settings are written.
  return unwrapped instanceof z.ZodRecord && !(unwrapped.valueType instanceof z.ZodUnknown)
    ? name.toLowerCase().replaceAll('_', '-')
    : name.toLowerCase().replace(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

function canonical(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}

function inside(
  rules: z.ZodType,
  key: string,
  group: Readonly<Record<string, unknown>>,
): z.ZodType | undefined {
  const unwrapped = unwrap(rules);
  if (key === 'parameters' && typeof group['channel'] === 'string') {
    // A line's parameters are described by its network, not here.
    const network = findChannelModule(group['channel']);
    if (network !== undefined) return network.parameters;
  }
  if (unwrapped instanceof z.ZodObject) return (unwrapped.shape as Record<string, z.ZodType>)[key];
  return unwrapped instanceof z.ZodRecord ? (unwrapped.valueType as z.ZodType) : undefined;
}

/** The schema inside optional, default and the like; of a pipe what goes in. */
export function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.ZodType);
  return schema;
}
