import type { TenantId } from '../../platform/ids.ts';
import type { RecordChange, TenantChanges } from '../record-change.ts';

/*
 * The payload of a frame: one line of JSON, then the records' values as they stand, each on a line of its own. The first
 * line gives their lengths in bytes, so that a file is read without parsing a single value.
 */

/** Written into every file; a later program that writes something else counts it up. */
const formatVersion = 1;

export type FileKind = 'journal' | 'checkpoint';

/** First frame of a file. `after`: the last group that is not in this journal, or the last that is in this checkpoint. */
export interface FileTitle {
  readonly kind: FileKind;
  readonly after: number;
}

export type Payload =
  | { readonly type: 'title'; readonly title: FileTitle }
  | { readonly type: 'group'; readonly number: number; readonly batches: readonly TenantChanges[] }
  | { readonly type: 'end'; readonly records: number };

type RecordLine = readonly [collection: string, id: string, version: number, bytes: number];
interface GroupLine {
  readonly group: number;
  readonly batches: readonly (readonly [TenantId, readonly RecordLine[]])[];
}

export function encodeTitle(title: FileTitle): Buffer {
  return Buffer.from(
    `${JSON.stringify({ switchboard: title.kind, format: formatVersion, after: title.after })}\n`,
  );
}

/** Last frame of a checkpoint, so that one that lacks its end is seen. */
export function encodeEnd(records: number): Buffer {
  return Buffer.from(`${JSON.stringify({ end: records })}\n`);
}

/** `number`: groups count up by one, through all journals, so that one that is missing is seen. */
export function encodeGroup(number: number, batches: readonly TenantChanges[]): Buffer {
  const values: string[] = [];
  const line: GroupLine = {
    group: number,
    batches: batches.map(({ tenant, changes }) => [
      tenant,
      changes.map(({ collection, id, version, json }): RecordLine => {
        if (version > 0) values.push(json);
        return [collection, id, version, version > 0 ? Buffer.byteLength(json) : 0];
      }),
    ]),
  };
  return Buffer.from([JSON.stringify(line), ...values, ''].join('\n'));
}

/** @throws {Error} with what is wrong, when a frame with a good checksum is not one of ours or of a later format. */
export function decodePayload(payload: Buffer): Payload {
  const lineEnd = payload.indexOf(0x0a);
  const line = JSON.parse(payload.toString('utf8', 0, lineEnd)) as object;
  if ('batches' in line) return decodeGroup(line as GroupLine, payload, lineEnd + 1);
  if ('end' in line && typeof line.end === 'number') return { type: 'end', records: line.end };
  if ('switchboard' in line && 'format' in line && 'after' in line && typeof line.after === 'number') {
    if (line.format !== formatVersion) {
      throw new Error(`the file has format ${String(line.format)}, this program knows ${formatVersion}`);
    }
    const kind: FileKind = line.switchboard === 'checkpoint' ? 'checkpoint' : 'journal';
    return { type: 'title', title: { kind, after: line.after } };
  }
  throw new Error('a record of unknown kind');
}

function decodeGroup(line: GroupLine, payload: Buffer, valuesAt: number): Payload {
  let at = valuesAt;
  const batches = line.batches.map(([tenant, records]) => ({
    tenant,
    changes: records.map(([collection, id, version, bytes]): RecordChange => {
      if (version === 0) return { collection, id, version, json: '' };
      const json = payload.toString('utf8', at, at + bytes);
      at += bytes + 1;
      return { collection, id, version, json };
    }),
  }));
  return { type: 'group', number: line.group, batches };
}
