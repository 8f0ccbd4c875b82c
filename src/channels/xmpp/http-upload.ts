import { Readable } from 'node:stream';
import { z } from 'zod';
import { ChannelError, type MediaAccess, type OpenMedia } from '../channel.ts';
import type { Clock } from '../../platform/clock.ts';
import { featuresIn, itemsIn } from './disco.ts';
import type { IqRequests } from './iq-requests.ts';
import { serverDomain, type XmppParameters } from './parameters.ts';
import { ns } from './namespaces.ts';
import { childText, element, flag, type Element } from './xml.ts';

// XEP-0363: the server keeps the file, the message carries the link.

interface UploadService {
  readonly jid: string;
  readonly maxBytes: number;
}

interface Slot {
  readonly put: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly get: string;
}

/** How long a service that was found (or not) is believed to be there (or not). */
const believedMs = 10 * 60_000;
const mostServices = 50;
/** The server may keep silent for so long, and all of it may take so long. */
const putWithinMs = 120_000;
const wholePutWithinMs = 30 * 60_000;
/** What it says is of no interest. */
const longestAnswer = 64 * 1024;

const size = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/** Puts files on the upload service of the line's server. */
export class HttpUpload {
  readonly #parameters: XmppParameters;
  readonly #iq: Pick<IqRequests, 'get'>;
  readonly #clock: Clock;
  readonly #fetch: MediaAccess['fetch'];
  #found: { readonly until: number; readonly service: UploadService | undefined } | undefined;

  constructor(
    parameters: XmppParameters,
    parts: {
      readonly iq: Pick<IqRequests, 'get'>;
      readonly clock: Clock;
      readonly fetch: MediaAccess['fetch'];
    },
  ) {
    this.#parameters = parameters;
    this.#iq = parts.iq;
    this.#clock = parts.clock;
    this.#fetch = parts.fetch;
  }

  /** The link under which the file is now; `undefined` where the server takes no files, or none so large. @throws {ChannelError} */
  async put(file: OpenMedia, sizeBytes: number): Promise<string | undefined> {
    const service = await this.#service();
    if (service === undefined || sizeBytes > service.maxBytes || sizeBytes === 0) return undefined;
    const slot = await this.#slot(service, file, sizeBytes);
    this.#check(slot);
    try {
      const answer = await this.#fetch(slot.put, {
        method: 'PUT',
        headers: {
          ...slot.headers,
          'content-type': file.mimeType,
          'content-length': String(sizeBytes),
        },
        body: file.stream,
        timeoutMs: putWithinMs,
        wholeTimeoutMs: wholePutWithinMs,
        maxBytes: longestAnswer,
        anyPort: true,
        trustedOrigins: this.#parameters.trustedOrigins,
      });
      answer.stream.on('error', () => undefined).destroy();
    } catch (error) {
      const { cause, message } = error as Error;
      throw failed(`the file server did not take it: ${cause instanceof Error ? cause.message : message}`);
    }
    return slot.get;
  }

  /** Asked at most every ten minutes. Found nothing because of an error: asked again next time. */
  async #service(): Promise<UploadService | undefined> {
    if (this.#found !== undefined && this.#clock.now() < this.#found.until) return this.#found.service;
    const service = await this.#discover();
    this.#found = { until: this.#clock.now() + believedMs, service };
    return service;
  }

  async #discover(): Promise<UploadService | undefined> {
    const { domain, uploadService } = this.#parameters;
    if (uploadService !== undefined) return this.#ask(uploadService);
    const server = serverDomain(this.#parameters);
    const answer = await this.#iq.get(domain, server, flag('query', ns.discoItems));
    for (const jid of itemsIn(answer, mostServices)) {
      if (jid === domain) continue;
      const service = await this.#ask(jid).catch(() => undefined);
      if (service !== undefined) return service;
    }
    return undefined;
  }

  async #ask(jid: string): Promise<UploadService | undefined> {
    const answer = await this.#iq.get(this.#parameters.domain, jid, flag('query', ns.discoInfo));
    if (!featuresIn(answer).has(ns.upload)) return undefined;
    const forms = answer.getChild('query', ns.discoInfo)?.getChildren('x', ns.dataForms) ?? [];
    const limits = forms
      .flatMap((form) => form.getChildren('field'))
      .filter((field) => field.attrs['var'] === 'max-file-size')
      .map((field) => size.safeParse(childText(field, 'value')?.trim()));
    const limit = limits.find((each) => each.success)?.data;
    return { jid, maxBytes: limit ?? Infinity };
  }

  async #slot(service: UploadService, file: OpenMedia, sizeBytes: number): Promise<Slot> {
    const answer = await this.#iq.get(
      this.#parameters.domain,
      service.jid,
      element('request', {
        xmlns: ns.upload,
        filename: (file.fileName ?? 'file').replace(/[/\\\p{Cc}]/gu, '_').slice(0, 120),
        size: String(sizeBytes),
        'content-type': file.mimeType,
      }),
    );
    const slot = answer.getChild('slot', ns.upload);
    const put = slot?.getChild('put');
    const get = slot?.getChild('get')?.attrs['url'];
    if (put?.attrs['url'] === undefined || get === undefined) throw failed('the file server gave no place');
    return { put: put.attrs['url'], get, headers: slotHeaders(put) };
  }

  /**
   * Without TLS only where the operator said so, whatever `media.allowHttp` says: the link goes to customers. Where it may lead, the guarded
   * client looks at.
   */
  #check({ put, get }: Slot): void {
    for (const text of [put, get]) {
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol === 'https:') continue;
      if (url?.protocol === 'http:' && this.#parameters.trustedOrigins.includes(url.origin)) continue;
      throw failed('the file server is not at an https address, nor among trustedOrigins');
    }
  }
}

/** Only these may be asked of us (XEP-0363, 4). */
function slotHeaders(put: Element): Record<string, string> {
  const allowed = ['authorization', 'cookie', 'expires'];
  return Object.fromEntries(
    put.getChildren('header').flatMap((header) => {
      const name = header.attrs['name']?.toLowerCase() ?? '';
      const value = header.getText().replace(/[\r\n]/g, '');
      return allowed.includes(name) ? [[name, value]] : [];
    }),
  );
}

/** Reads a file whose size nobody knows, for a service that must be told it. @throws {ChannelError} when it is larger than allowed. */
export async function withSize(
  file: OpenMedia,
  maxBytes: number,
): Promise<OpenMedia & { sizeBytes: number }> {
  if (file.sizeBytes !== undefined) return { ...file, sizeBytes: file.sizeBytes };
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of file.stream as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes)
      throw new ChannelError({ kind: 'permanent', certain: true, reason: 'the file is too large' });
    chunks.push(chunk);
  }
  return { ...file, sizeBytes, stream: Readable.from(chunks) };
}

function failed(reason: string): ChannelError {
  return new ChannelError({ kind: 'retry', certain: true, reason });
}
