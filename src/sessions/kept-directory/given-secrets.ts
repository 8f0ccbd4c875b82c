import { secretShown } from '../../channels/secret.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is there now: with its secrets, and as it is shown. */
export interface Present {
  readonly body: unknown;
  readonly shown: unknown;
}

/**
 * What was given, with each `[set]`, which is what a caller was shown of a secret, replaced by the secret. Items of lists are known again by
 * their names. A secret is for the server of the `url` beside it: for another server it must be given.
 */
export function withSecrets(given: unknown, now: Present): unknown {
  if (given === secretShown) return now.shown === secretShown ? now.body : given;
  if (Array.isArray(given))
    return given.map((item, at) => withSecrets(item, beneath(now, placeOf(item, now.body, at))));
  if (!isFields(given) || isForAnother(given, now.body)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, withSecrets(value, beneath(now, name))]),
  );
}

/** Where a `[set]` is left. */
export function placesLeft(given: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (given === secretShown) return [path];
  if (!isFields(given)) return [];
  return Object.entries(given).flatMap(([name, value]) => placesLeft(value, [...path, name]));
}

function beneath({ body, shown }: Present, name: string): Present {
  return { body: field(body, name), shown: field(shown, name) };
}

function field(of: unknown, name: string): unknown {
  return isFields(of) && Object.hasOwn(of, name) ? of[name] : undefined;
}

function placeOf(item: unknown, before: unknown, at: number): string {
  const name = field(item, 'name');
  if (name === undefined || !Array.isArray(before)) return String(at);
  return String(before.findIndex((each) => field(each, 'name') === name));
}

function isForAnother(given: Fields, before: unknown): boolean {
  const [now, then] = [field(given, 'url'), field(before, 'url')].map((url) =>
    typeof url === 'string' ? URL.parse(url)?.origin : undefined,
  );
  return then !== undefined && now !== then;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
