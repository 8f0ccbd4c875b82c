import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { ChannelReply, ChannelRequest } from '../channel.ts';
import { Problem } from './problem.ts';

/** What `npm run build:web` makes. The page and the widget are this one file. */
const builtFile = new URL('../../../dist/web/widget.js', import.meta.url);

/** For whoever checks before visitors come. */
export function isWidgetBuilt(): boolean {
  return existsSync(builtFile);
}

interface Built {
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
}

/** The built browser code, read and compressed once. */
export class WidgetFile {
  readonly #file: URL;
  #built: Promise<Built> | undefined;

  constructor(file: URL = builtFile) {
    this.#file = file;
  }

  /** Begins to read it, so that the first visitor need not wait. Whatever is wrong shows when it is served. */
  prepare(): void {
    this.#load().catch(() => undefined);
  }

  /** @throws {Problem} 503 where it was not built. */
  async serve(headers: ChannelRequest['headers']): Promise<ChannelReply> {
    const built = await this.#load().catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new Problem(503, 'The browser code was not built: npm run build:web', { retryAfterSeconds: 60 });
    });
    const common = {
      etag: built.etag,
      'cache-control': 'public, max-age=300, stale-while-revalidate=86400',
      'cross-origin-resource-policy': 'cross-origin',
      vary: 'accept-encoding',
    };
    if (headers['if-none-match'] === built.etag) return { status: 304, headers: common };
    const { encoding, body } = choose(built, headers['accept-encoding'] ?? '');
    return {
      status: 200,
      headers: {
        ...common,
        'content-type': 'text/javascript; charset=utf-8',
        'content-length': String(body.length),
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      },
      body,
    };
  }

  async #load(): Promise<Built> {
    this.#built ??= load(this.#file).catch((error: unknown) => {
      this.#built = undefined;
      throw error;
    });
    return this.#built;
  }
}

async function load(file: URL): Promise<Built> {
  const plain = await readFile(file);
  const [zipped, brotli] = await Promise.all([
    promisify(gzip)(plain, { level: 9 }),
    promisify(brotliCompress)(plain),
  ]);
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`;
  return { etag, plain, gzip: zipped, brotli };
}

function choose(built: Built, accepted: string): { encoding?: string; body: Buffer } {
  if (/\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted)) return { encoding: 'br', body: built.brotli };
  if (/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted)) return { encoding: 'gzip', body: built.gzip };
  return { body: built.plain };
}
