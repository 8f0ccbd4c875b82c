import { existsSync } from 'node:fs';
import { ESLint, Linter } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';
import tseslint from 'typescript-eslint';
import { mayOpenConnections } from '../../dev/lint/security-bans.ts';

/** Security rows S1 and S2: what the lint of this project says of code that would go round the guard. */

const rulesUnderTest = [
  'no-restricted-globals',
  'no-restricted-imports',
  'no-restricted-properties',
  'no-restricted-syntax',
  '@typescript-eslint/no-restricted-imports',
];
const eslint = new ESLint();
const complaintsIn = new Map<string, (code: string) => string[]>();

/** Lints with the rules that the config gives a file of this name; those that need types are left out, since it does not exist. */
async function linting(file: string): Promise<(code: string) => string[]> {
  const { rules = {} } = (await eslint.calculateConfigForFile(file)) as Linter.Config;
  const linter = new Linter();
  const config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: Object.fromEntries(Object.entries(rules).filter(([name]) => rulesUnderTest.includes(name))),
  } as unknown as Linter.Config;
  return (code) => linter.verify(code, [config], 'code.ts').map(({ ruleId, message }) => ruleId ?? message);
}

const product = 'src/sessions/somewhere.ts';
const guard = 'src/media/guarded-fetch.ts';
beforeAll(async () => {
  for (const file of [product, guard]) complaintsIn.set(file, await linting(file));
});
const complaints = (file: string, code: string): string[] => complaintsIn.get(file)?.(code) ?? [];

describe('a request that does not go through the guard', () => {
  it.each([
    `await fetch('https://example.org');`,
    `await globalThis.fetch('https://example.org');`,
    `new WebSocket('wss://example.org');`,
    `new EventSource('https://example.org');`,
    `import { request } from 'undici';`,
    `import * as undici from 'undici';`,
    `import { request } from 'node:http';`,
    `import { get } from 'http';`,
    `import http from 'node:http';`,
    `import { request } from 'node:https';`,
    `import { connect } from 'node:net';`,
    `import { Socket } from 'net';`,
    `import { connect } from 'node:tls';`,
    `import { connect } from 'node:http2';`,
    `import { createSocket } from 'node:dgram';`,
    `import { lookup } from 'node:dns/promises';`,
    `import { spawn } from 'node:child_process';`,
    `import axios from 'axios';`,
    `import got from 'got';`,
    `export { request } from 'undici';`,
    `const { request } = await import('undici');`,
    `const http = require('http');`,
    `const http = process.getBuiltinModule('http');`,
  ])('is refused: %s', (code) => {
    expect(complaints(product, code)).not.toEqual([]);
  });

  it.each([
    `import { createServer, type IncomingMessage } from 'node:http';`,
    `import { isIP } from 'node:net';`,
    `import type { Dispatcher } from 'undici';`,
    `import type { Socket } from 'node:net';`,
  ])('is something else than: %s', (code) => {
    expect(complaints(product, code)).toEqual([]);
  });

  it('may only stand in the files that are named, all of which exist', () => {
    expect(mayOpenConnections.filter((file) => !existsSync(file))).toEqual([]);
    expect(mayOpenConnections).toHaveLength(8);
    expect(complaints(guard, `import { request } from 'undici';`)).toEqual([]);
  });
});

describe('a comparison of secrets', () => {
  it.each([
    `if (given === secret) open();`,
    `if (hsToken !== given) refuse();`,
    `if (request.token == line.token) open();`,
    `if (signature === expectedSignature) open();`,
    `if (a['password'] === b) open();`,
    `const ok = given === config.http.operatorToken;`,
  ])('by === is refused: %s', (code) => {
    for (const file of [product, guard]) expect(complaints(file, code)).toEqual(['no-restricted-syntax']);
  });

  it.each([
    `if (secret === undefined) refuse();`,
    `if (config.http.operatorToken !== undefined) open();`,
    `if (url.password !== '') refuse();`,
    `if (token === null) refuse();`,
    `if (tokens.length === 2) count();`,
  ])('is something else than: %s', (code) => {
    for (const file of [product, guard]) expect(complaints(file, code)).toEqual([]);
  });
});
