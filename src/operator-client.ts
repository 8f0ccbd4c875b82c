import { request } from 'undici';
import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import { ownUrl } from './own-url.ts';
import { printable } from './print.ts';

/** What the command line answers with instead of a result. */
export class CommandFailure extends Error {
  /** 2 for what the person at the keyboard can cure, 1 for everything else. */
  readonly exitCode: 1 | 2;
  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Asks the running Switchboard about a tenant or the installation, since the embedded store belongs to one process. */
export interface OperatorClient {
  /** `path`: its parts below `/api/v1/tenants/{tenant}`, or below `/api/v1`, unescaped. @throws {CommandFailure} for any answer but 2xx */
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: readonly string[],
    query?: Readonly<Record<string, string>>,
  ): Promise<string>;
  /** The same, with nothing for 404. */
  find(path: readonly string[], query?: Readonly<Record<string, string>>): Promise<string | undefined>;
  /** All pages of a list, one after the other. */
  pages(path: readonly string[], query?: Readonly<Record<string, string>>): AsyncIterable<string>;
}

const paged = z.object({ next: z.string().optional() });

/** @throws {CommandFailure} where the config file has no token */
export function operatorClient(settings: Settings, tenant?: string): OperatorClient {
  const { operatorToken } = settings.config.http;
  if (operatorToken === undefined) {
    throw new CommandFailure(
      2,
      `${settings.file}: http.operatorToken: found nothing, expected a token, which this command and its HTTP routes need`,
    );
  }
  const origin = ownUrl(settings.config.http);
  const base = `${origin}/api/v1`;
  const about = tenant === undefined ? [] : ['tenants', tenant];

  const call = async (
    method: 'GET' | 'POST' | 'DELETE',
    path: readonly string[],
    query: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; text: string }> => {
    const url = [base, ...[...about, ...path].map(encodeURIComponent)].join('/');
    const headers = { authorization: `Bearer ${operatorToken}` };
    const answer = await request(url, { method, headers, query }).catch(() => undefined);
    if (answer === undefined) {
      throw new CommandFailure(
        1,
        `Switchboard does not answer at ${origin}: is it running with this config file?`,
      );
    }
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const refused = ({ status, text }: { status: number; text: string }): CommandFailure =>
    new CommandFailure(1, `${String(status)}: ${text}`);

  const client: OperatorClient = {
    async ask(method, path, query) {
      const answer = await call(method, path, query);
      if (answer.status >= 300) throw refused(answer);
      return answer.text;
    },
    async find(path, query) {
      const answer = await call('GET', path, query);
      if (answer.status === 404) return undefined;
      if (answer.status >= 300) throw refused(answer);
      return answer.text;
    },
    async *pages(path, query) {
      let cursor: string | undefined;
      do {
        const text = await client.ask('GET', path, {
          ...query,
          ...(cursor === undefined ? {} : { cursor }),
        });
        yield text;
        cursor = paged.parse(JSON.parse(text)).next;
      } while (cursor !== undefined);
    },
  };
  return client;
}

/** Runs a command; gives the exit code. */
export async function exitCodeOf(command: () => Promise<void>): Promise<number> {
  try {
    await command();
    return 0;
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    console.error(printable(error.message));
    return error.exitCode;
  }
}
