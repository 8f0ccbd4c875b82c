import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isSecret, redact, secret } from '../../../src/channels/secret.ts';

describe('secret', () => {
  test('is known through whatever wraps it', () => {
    for (const schema of [
      secret(),
      secret(z.string().min(16)),
      secret().optional(),
      secret().nullable().default('x'),
      secret().describe('why'),
      secret().min(3),
      secret().transform((value) => value.trim()),
      z.string().pipe(secret()),
    ]) {
      expect.soft(isSecret(schema)).toBe(true);
    }
    expect(isSecret(z.string())).toBe(false);
    expect(isSecret(z.object({ token: secret() }))).toBe(false);
  });

  test('is writeOnly in the JSON Schema', () => {
    const schema = z.toJSONSchema(z.object({ token: secret().optional() }));
    expect(schema.properties?.['token']).toMatchObject({ writeOnly: true, type: 'string' });
  });

  test('refuses the empty string without printing what was given', () => {
    expect(secret().safeParse('').success).toBe(false);
    expect(z.prettifyError(secret(z.string().min(16)).safeParse('short-one').error!)).not.toContain(
      'short-one',
    );
  });
});

describe('redact', () => {
  const schema = z
    .strictObject({
      user: z.string(),
      token: secret(),
      spare: secret().optional(),
      port: z.number().default(1),
      keys: z.array(secret()),
      named: z.record(z.string(), z.object({ key: secret(), label: z.string() })),
      pair: z.tuple([z.string(), secret()]),
      sign: z.union([
        z.object({ type: z.literal('none') }),
        z.object({ type: z.literal('basic'), password: secret() }),
      ]),
    })
    .refine(() => true);
  const value = {
    user: 'ann',
    token: 'hush-1',
    port: 2,
    keys: ['hush-2', 'hush-3'],
    named: { a: { key: 'hush-4', label: 'A' } },
    pair: ['x', 'hush-5'],
    sign: { type: 'basic', password: 'hush-6' },
  };

  test('replaces each secret and keeps the rest, in a copy', () => {
    const before = structuredClone(value);
    expect(redact(schema, value)).toEqual({
      user: 'ann',
      token: '[set]',
      port: 2,
      keys: ['[set]', '[set]'],
      named: { a: { key: '[set]', label: 'A' } },
      pair: ['x', '[set]'],
      sign: { type: 'basic', password: '[set]' },
    });
    expect(value).toEqual(before);
  });

  test('shows nothing of what the schema does not describe', () => {
    const strange = {
      ...value,
      tokne: 'hush-7',
      sign: { type: 'digest', password: 'hush-8' },
      keys: 'hush-9',
    };
    const shown = JSON.stringify(redact(schema, strange));
    for (let n = 1; n <= 9; n += 1) expect(shown).not.toContain(`hush-${n}`);
    expect(shown).toContain('tokne');
  });

  test('shows where nothing was set', () => {
    expect(redact(schema, { user: 'ann', spare: undefined })).toEqual({ user: 'ann', spare: undefined });
    expect(redact(schema, undefined)).toBeUndefined();
    expect(redact(schema, 'hush')).toBe('[set]');
  });

  test('takes optional, nullable and lazy schemas apart', () => {
    const inner = z.object({ token: secret() });
    for (const wrapped of [
      inner.optional(),
      inner.nullable(),
      inner.readonly(),
      z.lazy(() => inner),
      inner.default({ token: 'd' }),
    ]) {
      expect(redact(wrapped, { token: 'hush' })).toEqual({ token: '[set]' });
    }
  });
});
