import type { Pool } from 'undici';
import type { Clock } from '../../platform/clock.ts';
import type { OpenMedia } from '../../media/open-media.ts';
import { badAnswer, noAnswer, refusal } from './failure.ts';
import { matrixPath } from './homeserver-client.ts';
import { MatrixError } from './matrix-error.ts';
import { readText } from './read-text.ts';

const largestErrorBytes = 64 * 1024;

/** One attempt to open a file of the homeserver. `timeoutMs`: to the first byte, and then between bytes. @throws {MatrixError} */
export async function openDownload(download: {
  readonly pool: Pool;
  readonly prefix: string;
  readonly authorization: string;
  readonly mxc: string;
  readonly timeoutMs: number;
  readonly name: string;
  readonly redact: (text: string) => string;
  readonly clock: Clock;
}): Promise<{ status: number; value: OpenMedia }> {
  const { pool, name, timeoutMs } = download;
  const [, server, mediaId] = /^mxc:\/\/([^/?#]+)\/([\w-]+)$/.exec(download.mxc) ?? [];
  if (server === undefined || mediaId === undefined)
    throw new MatrixError({
      status: 400,
      errcode: 'M_INVALID_PARAM',
      message: `${name}: not an mxc:// URI`,
      certain: true,
    });
  const path = matrixPath`/_matrix/client/v1/media/download/${server}/${mediaId}`;
  const timeout = new AbortController();
  const timer = setTimeout(() => {
    timeout.abort();
  }, timeoutMs);
  try {
    const answer = await pool.request({
      method: 'GET',
      path: `${download.prefix}${path}?timeout_ms=${timeoutMs}`,
      headers: { authorization: download.authorization },
      signal: timeout.signal,
      headersTimeout: 0,
      bodyTimeout: timeoutMs,
    });
    const { statusCode: status, headers } = answer;
    if (status !== 200) {
      const text = (await readText(answer, largestErrorBytes)) ?? '';
      // A redirect leads to a place that somebody else chose (design, 5.8).
      if (status >= 300 && status < 400) throw badAnswer(name, status, 'a redirect');
      throw refusal(name, { status, headers, text }, download.clock.now(), download.redact);
    }
    const size = Number(single(headers['content-length']) ?? Number.NaN);
    const fileName = fileNameOf(single(headers['content-disposition']));
    return {
      status,
      value: {
        stream: answer.body,
        mimeType: single(headers['content-type']) ?? 'application/octet-stream',
        ...(Number.isSafeInteger(size) ? { sizeBytes: size } : {}),
        ...(fileName === undefined ? {} : { fileName }),
      },
    };
  } catch (error) {
    if (error instanceof MatrixError) throw error;
    throw noAnswer(name, error, timeout.signal.aborted ? timeoutMs : undefined);
  } finally {
    clearTimeout(timer);
  }
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** RFC 6266: `filename*` before `filename`. */
function fileNameOf(disposition: string | undefined): string | undefined {
  if (disposition === undefined) return undefined;
  const [, extended] = /filename\*=utf-8''([^;]+)/i.exec(disposition) ?? [];
  if (extended !== undefined) {
    try {
      return decodeURIComponent(extended);
    } catch {
      return undefined;
    }
  }
  const [, quoted, bare] = /filename=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition) ?? [];
  return quoted?.replace(/\\(.)/g, '$1') ?? bare;
}
