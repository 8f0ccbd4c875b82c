import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDisposition, fileNameFrom, safeFileName } from '../../src/media/file-name.ts';
import { imageDimensions } from '../../src/media/image-dimensions.ts';
import { MediaError } from '../../src/media/media-error.ts';
import { mediaKindOf } from '../../src/media/media-kind.ts';
import { servingHeaders } from '../../src/media/serving-headers.ts';
import { createSignedLinks } from '../../src/media/signed-links.ts';
import { sniff, trueMimeType } from '../../src/media/sniff.ts';
import type { MediaReference } from '../../src/message/message.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { text } from '../message/arbitraries.ts';

describe('file names', () => {
  it('are safe to show and to save under, whatever they were', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          fc.string({ maxLength: 5000 }),
          text.map((t) => `../${t}\u202egpj.exe`),
        ),
        (name) => {
          const safe = safeFileName(name);
          expect(safe).not.toBe('');
          expect(safe).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069/\\<>:"|?*]/u);
          expect(safe).not.toMatch(/^\.|[. ]$/);
          expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
          expect(safeFileName(safe)).toBe(safe);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\x\\plan.pdf', 'plan.pdf'],
    ['photo\u202egpj.exe', 'photogpj.exe'],
    ['a\r\nSet-Cookie: x', 'aSet-Cookie_ x'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['..', 'file'],
    ['', 'file'],
    ['Zürich.pdf', 'Zürich.pdf'],
    [`${'ä'.repeat(5000)}.jpeg`, `${'ä'.repeat(97)}.jpeg`],
  ])('%j becomes %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it('go into a header that any parser reads back', () => {
    fc.assert(
      fc.property(text, (name) => {
        const header = contentDisposition('attachment', name);
        expect(header).toMatch(/^[\x20-\x7e]*$/);
        expect(fileNameFrom(header)).toBe(safeFileName(name));
      }),
      { numRuns: 1000 },
    );
    expect(contentDisposition('inline', 'Zürich (1).pdf')).toBe(
      `inline; filename="Z_rich (1).pdf"; filename*=UTF-8''Z%C3%BCrich%20%281%29.pdf`,
    );
  });

  it.each([
    [undefined, 'https://x.example/a/b%20c.png?x', 'b c.png'],
    [undefined, 'https://x.example/', undefined],
    ['attachment; filename=plain.txt', 'https://x.example/y', 'plain.txt'],
    ['attachment; filename="a\\"b.txt"', 'https://x.example/y', 'a_b.txt'],
    [`attachment; filename="x"; filename*=UTF-8''%E2%82%AC.txt`, 'https://x.example/y', '€.txt'],
    [`attachment; filename*=UTF-8''%zz`, 'https://x.example/y', 'y'],
  ])('are found in %j and %s', (header, url, name) => {
    expect(fileNameFrom(header, new URL(url))).toBe(name);
  });
});

describe('signed links', () => {
  let now = 1_700_000_000_000;
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
  const settings = { secret: 'a secret of this test', publicUrl: 'https://switchboard.example', clock };
  const links = createSignedLinks(settings);
  const tenant = as<TenantId>('acme');
  const reference: MediaReference = {
    source: { type: 'matrix', homeserver: 'main', mxc: 'mxc://example.org/abc' },
    mimeType: 'image/png',
    fileName: 'Zürich.png',
    sizeBytes: 12,
  };
  const prefix = 'https://switchboard.example/media/';
  const tokenOf = (url: string): string => url.slice(prefix.length);

  it('give back what they were made for', () => {
    const url = links.sign(tenant, reference, 60);
    expect(url).toMatch(/^https:\/\/switchboard\.example\/media\/[\w-]+\.[\w-]+$/);
    expect(links.verify(tokenOf(url))).toEqual({ tenant, reference });
  });

  it('expire', () => {
    const token = tokenOf(links.sign(tenant, reference, 60));
    now += 59_000;
    expect(links.verify(token)).toMatchObject({ tenant });
    now += 2_000;
    expect(links.verify(token)).toBe('expired');
  });

  it('are bad with any one character changed, cut or added, and under another secret', () => {
    const token = tokenOf(links.sign(tenant, reference, 60));
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = 0; at < token.length; at += 1) {
      const character = token[at] ?? '';
      const other = alphabet[(alphabet.indexOf(character) ^ 1) & 63] ?? 'A';
      expect(links.verify(token.slice(0, at) + other + token.slice(at + 1))).toBe('bad');
      expect(links.verify(token.slice(0, at))).toBe('bad');
    }
    for (const changed of [
      `${token}A`,
      `${token}=`,
      ` ${token}`,
      token.replace('.', '..'),
      '',
      '.',
      'a'.repeat(100_000),
    ]) {
      expect(links.verify(changed)).toBe('bad');
    }
    const [payload = ''] = token.split('.');
    expect(links.verify(`${payload}.${'A'.repeat(43)}`)).toBe('bad');
    expect(createSignedLinks({ ...settings, secret: 'another secret, as long' }).verify(token)).toBe('bad');
  });

  it('never throw on any token, and refuse a short secret', () => {
    fc.assert(
      fc.property(text, (token) => {
        expect(links.verify(token)).toBe('bad');
      }),
    );
    expect(() => createSignedLinks({ ...settings, secret: 'short' })).toThrow(/16 characters/);
  });
});

const bytes = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]))),
  );
function png(width: number, height: number): Buffer {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return Buffer.concat([bytes(0x89, 'PNG\r\n', 0x1a, '\n', 0, 0, 0, 13, 'IHDR'), size, bytes(8, 6, 0, 0, 0)]);
}

describe('content types', () => {
  it.each<[string, Buffer, string | undefined]>([
    ['png', png(1, 1), 'image/png'],
    ['jpeg', bytes(0xff, 0xd8, 0xff, 0xe0), 'image/jpeg'],
    ['gif', bytes('GIF89a'), 'image/gif'],
    ['webp', bytes('RIFFxxxxWEBP'), 'image/webp'],
    ['mp4', bytes(0, 0, 0, 24, 'ftypisom'), 'video/mp4'],
    ['heic', bytes(0, 0, 0, 24, 'ftypheic'), 'image/heic'],
    ['m4a', bytes(0, 0, 0, 24, 'ftypM4A '), 'audio/mp4'],
    ['ogg', bytes('OggS', 0, 2, 'OpusHead'), 'audio/ogg'],
    ['mp3', bytes('ID3', 4), 'audio/mpeg'],
    ['pdf', bytes('%PDF-1.7'), 'application/pdf'],
    ['zip', bytes('PK', 3, 4), 'application/zip'],
    ['windows program', bytes('MZ', 0x90), 'application/x-msdownload'],
    ['html', bytes('\n<!DOCTYPE html><html>'), 'text/html'],
    ['svg', bytes('<?xml version="1.0"?><svg xmlns="x">'), 'image/svg+xml'],
    ['text', bytes('hello'), undefined],
    ['nothing', bytes(), undefined],
  ])('of %s by its first bytes', (_what, head, type) => {
    expect(sniff(head)).toBe(type);
  });

  it.each<[string, Buffer, string]>([
    ['image/png', png(1, 1), 'image/png'],
    ['image/jpeg', png(1, 1), 'image/png'],
    ['image/png', bytes('<html><script>'), 'text/html'],
    ['image/png', bytes('MZ'), 'application/x-msdownload'],
    ['image/png', bytes('hello'), 'application/octet-stream'],
    ['text/plain', bytes('hello'), 'text/plain'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      bytes('PK', 3, 4),
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['text/plain', bytes('PK', 3, 4), 'application/zip'],
    ['audio/mp4', bytes(0, 0, 0, 24, 'ftypisom'), 'audio/mp4'],
    ['nonsense', bytes('hello'), 'application/octet-stream'],
  ])('%s with what is inside', (declared, head, type) => {
    expect(trueMimeType(declared, head)).toBe(type);
  });

  it('never throw on any bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(
          bytes(),
          png(3, 2),
          bytes(0xff, 0xd8, 0xff),
          bytes('RIFFxxxxWEBP'),
          bytes('GIF89a'),
          bytes('BM'),
        ),
        text,
        (tail, head, declared) => {
          const all = Buffer.concat([head, tail]);
          trueMimeType(declared, all);
          try {
            imageDimensions(all);
          } catch (error) {
            expect(error).toBeInstanceOf(MediaError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['image/png', 'image'],
    ['IMAGE/JPEG; x=y', 'image'],
    ['image/svg+xml', 'file'],
    ['audio/ogg; codecs=opus', 'audio'],
    ['video/mp4', 'video'],
    ['text/html', 'file'],
    ['', 'file'],
  ])('%j is shown as %s', (mimeType, kind) => {
    expect(mediaKindOf(mimeType)).toBe(kind);
  });
});

describe('pictures', () => {
  it('are measured by their headers', () => {
    expect(imageDimensions(png(640, 480))).toEqual({ width: 640, height: 480 });
    expect(imageDimensions(bytes('hello'))).toBeUndefined();
    expect(imageDimensions(png(640, 480).subarray(0, 12))).toBeUndefined();
  });

  it('are refused with more than 50 million pixels', () => {
    expect(imageDimensions(png(10_000, 5_000))).toBeDefined();
    expect(() => imageDimensions(png(10_000, 5_001))).toThrow(MediaError);
    expect(() => imageDimensions(png(0x7fffffff, 0x7fffffff))).toThrow(MediaError);
  });
});

describe('servingHeaders', () => {
  it.each([
    ['image/png', 'inline'],
    ['text/html', 'attachment'],
    ['image/svg+xml', 'attachment'],
    ['application/pdf', 'attachment'],
    ['text/html\r\nx: y', 'attachment'],
  ])('%j is served %s, never guessed at, never run', (mimeType, how) => {
    const headers = servingHeaders(mimeType, 'a\r\nb.png');
    expect(headers['content-disposition']).toBe(`${how}; filename="ab.png"`);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['content-security-policy']).toMatch(/sandbox.*default-src 'none'/);
    for (const value of Object.values(headers)) expect(value).not.toMatch(/[\r\n]/);
  });
});
