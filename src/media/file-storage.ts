import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { tenantIdPattern, type LineId, type TenantId } from '../platform/ids.ts';
import type { OpenMedia } from './open-media.ts';
import { sniffLength, trueMimeType } from './sniff.ts';

/** A file was larger than its writer allowed; nothing of it is kept. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

/** Files of one line; what `LineFiles` of the channel contract asks for. */
export interface FileSpace {
  write(
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    about: { readonly mimeType: string; readonly fileName?: string; readonly maxBytes: number },
  ): Promise<{ readonly reference: string; readonly mimeType: string; readonly sizeBytes: number }>;
  open(reference: string): Promise<OpenMedia | undefined>;
  remove(reference: string): Promise<void>;
}

const sidecar = z.object({ mimeType: z.string(), fileName: z.string().optional(), sizeBytes: z.number() });
const referencePattern = /^[A-Za-z0-9_-]{32}$/;

/**
 * Files in a directory: `<directory>/<tenant>/<line>/<reference>` beside a `.json` that says what they are. Names are our own
 * random ones. A file counts only once its `.json` is there, which is renamed into place last: a crash leaves no half file.
 */
export function createFileStorage(directory: string): {
  of(tenant: TenantId, line: LineId): FileSpace;
} {
  return {
    of(tenant, line) {
      if (!tenantIdPattern.test(tenant)) throw new Error(`Not a tenant name: ${JSON.stringify(tenant)}`);
      const folder = join(directory, tenant, encodeURIComponent(line).replaceAll('.', '%2E'));
      return fileSpace(folder);
    },
  };
}

function fileSpace(folder: string): FileSpace {
  const pathOf = (reference: string): string | undefined =>
    referencePattern.test(reference) ? join(folder, reference) : undefined;
  return {
    async write(bytes, about) {
      await mkdir(folder, { recursive: true });
      const reference = randomBytes(24).toString('base64url');
      const path = join(folder, reference);
      try {
        const { sizeBytes, head } = await writeWhole(`${path}.part`, bytes, about.maxBytes);
        const mimeType = trueMimeType(about.mimeType, head);
        const description = {
          mimeType,
          sizeBytes,
          ...(about.fileName === undefined ? {} : { fileName: about.fileName }),
        };
        await writeWhole(`${path}.json.part`, Buffer.from(JSON.stringify(description)), 65_536);
        await rename(`${path}.part`, path);
        await rename(`${path}.json.part`, `${path}.json`);
        await syncFolder(folder);
        return { reference, mimeType, sizeBytes };
      } catch (error) {
        await Promise.all(['.part', '.json.part', ''].map((end) => rm(path + end, { force: true })));
        throw error;
      }
    },
    async open(reference) {
      const path = pathOf(reference);
      if (path === undefined) return undefined;
      try {
        const about = sidecar.parse(JSON.parse(await readFile(`${path}.json`, 'utf8')));
        await stat(path);
        return {
          stream: createReadStream(path),
          mimeType: about.mimeType,
          sizeBytes: about.sizeBytes,
          ...(about.fileName === undefined ? {} : { fileName: about.fileName }),
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async remove(reference) {
      const path = pathOf(reference);
      if (path === undefined) return;
      await rm(`${path}.json`, { force: true });
      await rm(path, { force: true });
    },
  };
}

/** Writes and fsyncs; gives the size and the first bytes. @throws {FileTooLarge} */
async function writeWhole(
  path: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ sizeBytes: number; head: Uint8Array }> {
  const file = await open(path, 'wx', 0o600);
  try {
    let sizeBytes = 0;
    let head = Buffer.alloc(0);
    for await (const chunk of bytes instanceof Uint8Array ? [bytes] : bytes) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) throw new FileTooLarge(`More than ${maxBytes} bytes`);
      if (head.length < sniffLength) head = Buffer.concat([head, chunk.subarray(0, sniffLength)]);
      await writeAll(file, chunk);
    }
    await file.sync();
    return { sizeBytes, head };
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.byteLength) written += (await file.write(chunk, written)).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
