import { secretShown } from '../../channels/secret.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The secrets in parameters, by path: where what may be shown of them differs from what they are. */
export function secretsIn(parameters: unknown, shown: unknown, path = ''): Map<string, unknown> {
  if (shown === secretShown && parameters !== shown) return new Map([[path, parameters]]);
  if (!isFields(parameters) || !isFields(shown)) return new Map();
  return new Map(
    Object.entries(parameters).flatMap(([name, value]) => [
      ...secretsIn(value, shown[name], path === '' ? name : `${path}.${name}`),
    ]),
  );
}

/** The parameters with each `[set]`, which is what a caller was shown of a secret, replaced by what is there now. */
export function withKeptSecrets(given: unknown, now: unknown): unknown {
  if (given === secretShown) return typeof now === 'string' ? now : given;
  if (Array.isArray(given))
    return given.map((item, at) => withKeptSecrets(item, Array.isArray(now) ? now[at] : undefined));
  if (!isFields(given)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      withKeptSecrets(value, isFields(now) && Object.hasOwn(now, name) ? now[name] : undefined),
    ]),
  );
}

/** Where a `[set]` is left: nothing is there that it could stand for. */
export function unkeptSecrets(parameters: unknown, path = ''): string[] {
  if (parameters === secretShown) return [path];
  if (typeof parameters !== 'object' || parameters === null) return [];
  return Object.entries(parameters).flatMap(([name, value]) =>
    unkeptSecrets(value, path === '' ? name : `${path}.${name}`),
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
