import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommand, unescapeCommand, unescapeCommandHtml } from '../../src/matrix/commands.ts';

describe('commands', () => {
  test.each([
    ['!help', { name: 'help', argument: '' }],
    ['!Note  call back\nat nine ', { name: 'note', argument: 'call back\nat nine' }],
    ['!note\nsecond line', { name: 'note', argument: 'second line' }],
    ['  !close', { name: 'close', argument: '' }],
    ['\u200b!close', { name: 'close', argument: '' }],
    ['!', { name: '', argument: '' }],
    ['! close', { name: '', argument: 'close' }],
    ['!ÜBERGABE x', { name: 'übergabe', argument: 'x' }],
    ['！note 她很生气', { name: 'note', argument: '她很生气' }],
    ['！！不是', undefined],
    ['!!not one', undefined],
    ['hello !close', undefined],
    ['', undefined],
  ])('%j', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  test('of a double exclamation mark, one stays', () => {
    expect(unescapeCommand('!!wow')).toBe('!wow');
    expect(unescapeCommand('!!! really')).toBe('!! really');
    expect(unescapeCommand('！！哇')).toBe('！哇');
    expect(unescapeCommand('so !!wow')).toBe('so !!wow');
    expect(unescapeCommandHtml('<p><b>!!wow</b> a!!</p>')).toBe('<p><b>!wow</b> a!!</p>');
    expect(unescapeCommandHtml('<a href="https://x/!!">a</a>')).toBeUndefined();
  });

  test('any text is either a command or, after unescaping, what was meant', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(parseCommand(`!${text}`) === undefined).toBe(text.startsWith('!'));
        expect(unescapeCommand(`!!${text}`)).toBe(`!${text}`);
      }),
    );
  });
});
