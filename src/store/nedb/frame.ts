import { crc32 } from 'node:zlib';

/*
 * A frame: `<length> <checksum of the payload> <checksum of those two>\n<payload>\n`, numbers as eight hexadecimal digits.
 * The header has a checksum of its own, so that a length that was damaged is not taken for a frame that was cut short.
 * Text, so that a person can read a journal; it never contains a NUL byte, which tells blocks that the disk never wrote.
 */
export const headerBytes = 27;
const terminator = 0x0a;

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

export function encodeFrame(payload: Buffer): Buffer {
  const described = `${hex(payload.length)} ${hex(crc32(payload))}`;
  return Buffer.concat([
    Buffer.from(`${described} ${hex(crc32(described))}\n`, 'latin1'),
    payload,
    Buffer.from([terminator]),
  ]);
}

export interface FrameHeader {
  readonly payloadBytes: number;
  readonly checksum: number;
}

const headerPattern = /^([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})\n$/;

/** `undefined` if these bytes are not a header as it was written. */
export function decodeHeader(bytes: Buffer): FrameHeader | undefined {
  const text = bytes.toString('latin1', 0, headerBytes);
  const parts = headerPattern.exec(text);
  if (parts === null || hex(crc32(text.slice(0, 17))) !== parts[3]) return undefined;
  return { payloadBytes: parseInt(parts[1] ?? '', 16), checksum: parseInt(parts[2] ?? '', 16) };
}

/** Of `header`; `bytes` are the payload and its terminator. */
export function isIntact(header: FrameHeader, bytes: Buffer): boolean {
  return (
    bytes.length === header.payloadBytes + 1 &&
    bytes[header.payloadBytes] === terminator &&
    crc32(bytes.subarray(0, header.payloadBytes)) === header.checksum
  );
}

/** Whether a header stands anywhere in these bytes. */
export function containsHeader(bytes: Buffer): boolean {
  for (let end = bytes.indexOf(terminator); end !== -1; end = bytes.indexOf(terminator, end + 1)) {
    const start = end + 1 - headerBytes;
    if (start >= 0 && decodeHeader(bytes.subarray(start, end + 1)) !== undefined) return true;
  }
  return false;
}
