/** A program of the tenant's that says over HTTP what happens to a session. */
export interface Application {
  /** Unique within its tenant. */
  readonly id: string;
  /** The config file declares it: it may be where the operator trusts servers, on private addresses too. */
  readonly ofFile?: true;
  readonly url: string;
  /** Asked when {@link url} gave no usable answer. */
  readonly fallbackUrl?: string;
  readonly method: 'GET' | 'POST';
  /** What POST carries. */
  readonly format: 'form' | 'json';
  /** Sign requests as Standard Webhooks has it: base64, the newest first. */
  readonly secrets: readonly string[];
  /** Signs requests as Twilio does. */
  readonly twilioAuthToken?: string;
  /** For the whole answer, each time it is asked. */
  readonly timeoutMs: number;
  /** How often it is asked again when there was no answer. */
  readonly retries: number;
  /** While a customer waits it is asked again after so long, though nothing changed. */
  readonly waitFloorMs: number;
}

/** However often something changes, an application that is asked while customers wait is asked about each of them no faster. */
export const leastWaitFloorMs = 15_000;

/** Where the requests to an application may go. */
export function originsOf({ url, fallbackUrl }: Pick<Application, 'url' | 'fallbackUrl'>): string[] {
  return [url, ...(fallbackUrl === undefined ? [] : [fallbackUrl])].map((each) => new URL(each).origin);
}

/**
 * The application that is meant by a name, or by a URL on its host: then its secrets sign the request. Of several on one host, the one that was
 * asked before, else the one whose URL has most in common with this one.
 */
export function findApplication(
  applications: ReadonlyMap<string, Application> | undefined,
  wanted: string,
  before?: string,
): Application | undefined {
  if (applications === undefined) return undefined;
  if (!wanted.includes('/')) return applications.get(wanted);
  const origin = URL.parse(wanted)?.origin;
  const there = [...applications.values()].filter(
    (application) => origin !== undefined && originsOf(application).includes(origin),
  );
  const known = there.find(({ id }) => id === before);
  if (known !== undefined) return known;
  return there.sort((a, b) => commonLength(b.url, wanted) - commonLength(a.url, wanted))[0];
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
