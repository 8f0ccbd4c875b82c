import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { as, type TenantId } from '../../src/platform/ids.ts';
import { KeyRing, NoSecretKey } from '../../src/secrets/key-ring.ts';
import { madeKey, readMadeKey } from '../../src/secrets/made-key.ts';
import { keyIdOf, SecretBox, SecretUnreadable } from '../../src/secrets/secret-box.ts';
import { makeSecretKey, readSecretKey, type SecretKey } from '../../src/secrets/secret-key.ts';

const acme = as<TenantId>('acme');
const globex = as<TenantId>('globex');
const place = { tenant: acme, kind: 'line', id: 'text' };

function newKey(id: string): SecretKey {
  return readSecretKey(id, makeSecretKey())!;
}

function boxOf(...keys: SecretKey[]): SecretBox {
  return new SecretBox(new KeyRing({ read: () => ({ first: keys[0], all: keys }), cure: 'none' }));
}

describe('a sealed text', () => {
  it('opens where it was sealed, and says nothing of what it holds', () => {
    const box = boxOf(newKey('first'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 8 }), (plain) => {
        const sealed = box.seal(place, plain);
        expect(box.open(place, sealed)).toBe(plain.toWellFormed());
        expect(sealed).not.toContain(plain);
      }),
    );
  });

  it('is another each time, with another nonce', () => {
    const box = boxOf(newKey('first'));
    const sealed = Array.from({ length: 1000 }, () => box.seal(place, 'the same').split(':')[3]);
    expect(new Set(sealed).size).toBe(1000);
  });

  it.each([
    ['tenant', { ...place, tenant: globex }],
    ['kind', { ...place, kind: 'line before' }],
    ['record', { ...place, id: 'chat' }],
  ])('of another %s is refused', (_, elsewhere) => {
    const box = boxOf(newKey('first'));
    const mine = box.seal(place, 'mine');
    const theirs = box.seal(elsewhere, 'theirs');
    expect(() => box.open(elsewhere, mine)).toThrow(SecretUnreadable);
    expect(() => box.open(place, theirs)).toThrow(SecretUnreadable);
  });

  it('with any character changed is refused', () => {
    const box = boxOf(newKey('first'));
    const sealed = box.seal(place, 'twelve bytes');
    for (let at = 0; at < sealed.length; at += 1) {
      // Differ in their first bits: the last ones of the tag's last character mean nothing.
      const forged = sealed.slice(0, at) + (sealed[at] === 'A' ? 'w' : 'A') + sealed.slice(at + 1);
      expect(() => box.open(place, forged), String(at)).toThrow(SecretUnreadable);
    }
  });

  it('names the key that is missing, and says when the key is another of the same name', () => {
    const sealed = boxOf(newKey('old')).seal(place, 'x');
    expect(keyIdOf(sealed)).toBe('old');
    expect(() => boxOf(newKey('new')).open(place, sealed)).toThrow('the key old is not among secrets.keys');
    expect(() => boxOf(newKey('old')).open(place, sealed)).toThrow('the key old does not open it');
  });
});

describe('keys', () => {
  it('the first seals, all open', () => {
    const [old, fresh] = [newKey('old'), newKey('fresh')];
    const before = boxOf(old).seal(place, 'kept');
    const box = boxOf(fresh, old);
    expect(box.open(place, before)).toBe('kept');
    expect(box.isCurrent(before)).toBe(false);
    expect(keyIdOf(box.seal(place, 'kept'))).toBe('fresh');
  });

  it('that came since are found when something was sealed with one', () => {
    const keys = [newKey('old')];
    const box = new SecretBox(
      new KeyRing({ read: () => ({ first: keys[0], all: [...keys] }), cure: 'none' }),
    );
    const fresh = newKey('fresh');
    const sealed = boxOf(fresh).seal(place, 'by another replica');
    expect(() => box.open(place, sealed)).toThrow(SecretUnreadable);
    keys.unshift(fresh);
    expect(box.open(place, sealed)).toBe('by another replica');
  });

  it('are 32 bytes in base64 or hexadecimal', () => {
    const bytes = Buffer.alloc(32, 7);
    const { key } = readSecretKey('a', bytes.toString('base64'))!;
    for (const text of [bytes.toString('hex'), ` ${bytes.toString('base64url')}\n`])
      expect(readSecretKey('a', text)?.key.equals(key)).toBe(true);
    for (const text of ['', 'short', bytes.subarray(1).toString('hex'), Buffer.alloc(33).toString('base64')])
      expect(readSecretKey('a', text)).toBeUndefined();
  });

  it('show nothing of themselves', () => {
    const text = makeSecretKey();
    expect(JSON.stringify(readSecretKey('a', text))).not.toContain(text.slice(0, 10));
  });
});

describe('where no key is configured', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'switchboard-key-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const ring = (): KeyRing =>
    new KeyRing({
      read: () => {
        const made = readMadeKey(directory);
        return { first: made, all: made === undefined ? [] : [made] };
      },
      make: () => madeKey(directory),
      cure: 'none',
    });

  it('one is made with the first secret, for its owner only, and found again', () => {
    const box = new SecretBox(ring());
    expect(readMadeKey(directory)).toBeUndefined();
    const sealed = box.seal(place, 'kept');
    expect(statSync(join(directory, 'secrets-key')).mode & 0o777).toBe(0o600);
    expect(new SecretBox(ring()).open(place, sealed)).toBe('kept');
    expect(sealed).not.toContain(readFileSync(join(directory, 'secrets-key'), 'utf8').trim().slice(0, 10));
  });

  it('another file in its place is another key, by name', () => {
    const sealed = new SecretBox(ring()).seal(place, 'kept');
    writeFileSync(join(directory, 'secrets-key'), makeSecretKey());
    expect(() => new SecretBox(ring()).open(place, sealed)).toThrow(/the key made-[0-9a-f]{12} is not among/);
    writeFileSync(join(directory, 'secrets-key'), 'no key');
    expect(() => readMadeKey(directory)).toThrow('found a file without a key');
  });

  it('and none may be made, nothing is sealed, and the cure is told', () => {
    const box = new SecretBox(
      new KeyRing({ read: () => ({ first: undefined, all: [] }), cure: 'add one to secrets.keys' }),
    );
    expect(() => box.seal(place, 'x')).toThrow(new NoSecretKey('add one to secrets.keys'));
  });
});
