import { z } from 'zod';
import { Problem } from './problem.ts';
import type { WebLine } from './web-line.ts';

const dayMs = 86_400_000;
const visitorFields = z.tuple([z.string().regex(/^[A-Za-z0-9_-]{22}$/)]);

/** The visitor's credential: signed, kept by the browser, sent as `Authorization: Bearer`. */
export class VisitorTokens {
  readonly #web: WebLine;

  constructor(web: WebLine) {
    this.#web = web;
  }

  issue(visitor: string): { readonly token: string; readonly expiresAt: number } {
    const expiresAt = this.#web.host.clock.now() + this.#lastsMs();
    return { token: this.#web.signer.sign('visitor', [visitor], expiresAt), expiresAt };
  }

  /** @throws {Problem} 401 where the token is missing, forged, expired, or of a visitor who is no longer kept. */
  async visitorOf(authorization: string | undefined): Promise<string> {
    const read = this.#read(authorization);
    if (read === undefined) throw new Problem(401, 'Expected a valid token of a visitor.');
    if ((await this.#web.log.visitor(read.visitor)) === undefined) {
      throw new Problem(401, 'The visitor is not known any more.');
    }
    return read.visitor;
  }

  /** A new token once more than half of the old one's time is over, or its secret is on its way out, so that who comes back stays known. */
  renewal(authorization: string | undefined): string | undefined {
    const read = this.#read(authorization);
    if (read === undefined) return undefined;
    const isYoung = read.expiresAt - this.#web.host.clock.now() > this.#lastsMs() / 2;
    return isYoung && !read.isFormer ? undefined : this.issue(read.visitor).token;
  }

  #read(
    authorization: string | undefined,
  ): { visitor: string; expiresAt: number; isFormer: boolean } | undefined {
    const token = /^Bearer ([\w.-]+)$/i.exec(authorization ?? '')?.[1];
    const read =
      token === undefined ? undefined : this.#web.signer.read('visitor', token, this.#web.host.clock.now());
    const fields = visitorFields.safeParse(read?.fields);
    return read === undefined || !fields.success
      ? undefined
      : { visitor: fields.data[0], expiresAt: read.expiresAt, isFormer: read.isFormer };
  }

  #lastsMs(): number {
    return this.#web.line.parameters.keepDays * dayMs;
  }
}
