import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { printable } from '../../src/print.ts';

/** Security row S17: what strangers chose, a name say, makes no line of its own in the log, and gives no orders to a terminal. */

const hostile = [
  'a\n{"level":"error","msg":"forged"}',
  'a\r\nforged',
  'a\u2028forged\u2029forged',
  'a\u0000b',
  '\u001b[2J\u001b]0;owned\u0007',
  '\u009b2J\u007f',
  '"}\n{"a":"',
];
const controls = /(?!\n)[\p{Cc}\u2028\u2029]/u;

it('is one line of JSON each, whatever stands in fields, messages and errors', () => {
  const log = new URL('../../src/platform/log.ts', import.meta.url).href;
  const script = `import { createLogger } from ${JSON.stringify(log)};
    const logger = createLogger('info');
    for (const text of ${JSON.stringify(hostile)}) {
      logger.info({ name: text, [text]: 1, err: new Error(text) }, text);
      logger.child({ tenant: text }).warn({}, text);
    }`;
  const written = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const lines = written.split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(hostile.length * 2);
  for (const [at, line] of lines.entries()) {
    expect(line).not.toMatch(controls);
    const read = JSON.parse(line) as { msg: string; level: string };
    expect(read.msg).toBe(hostile[Math.floor(at / 2)]);
    expect(read.level).toBe(at % 2 === 0 ? 'info' : 'warn');
  }
});

it('is shown to operators with its control characters written out', () => {
  for (const text of hostile) expect(printable(text)).not.toMatch(controls);
  expect(printable('\u001b[2J')).toBe('\\u001b[2J');
  expect(printable('a\u202eb')).toBe('a\\u202eb');
  expect(printable('Grüße 👋\nzwei')).toBe('Grüße 👋\nzwei');
});
