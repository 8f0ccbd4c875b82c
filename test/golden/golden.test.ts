import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { adapt, type Adapted, type AdaptContext } from '../../src/message/adapt.ts';
import type { Message } from '../../src/message/message.ts';
import { networks } from './capabilities.ts';

/** A message, and what becomes of it on the network that the folder is named after. */
interface Row {
  readonly name: string;
  readonly message: Message;
  readonly target?: NonNullable<AdaptContext['target']>;
  /** Without: the file's signed link is `https://switchboard.example/media/signed`. */
  readonly withoutLinks?: boolean;
  readonly expected: Adapted;
}

const folder = import.meta.dirname;

/** What JSON has no way to write down: a text of many words. `{{words 100}}` becomes a hundred of them. */
function fill(json: string): string {
  return json.replace(/\{\{words (\d+)(?:-(\d+))?\}\}/g, (_all, first: string, last?: string) => {
    const from = last === undefined ? 1 : Number(first);
    const to = Number(last ?? first);
    return Array.from({ length: to - from + 1 }, (_none, index) => `word${from + index}`).join(' ');
  });
}

describe.each(Object.entries(networks))('adapt for %s', (network, capabilities) => {
  const files = readdirSync(`${folder}/${network}`).filter((file) => file.endsWith('.json'));
  describe.each(files)('%s', (file) => {
    const rows = JSON.parse(fill(readFileSync(`${folder}/${network}/${file}`, 'utf8'))) as Row[];
    it.each(rows)('$name', (row) => {
      const adapted = adapt(row.message, capabilities, {
        ...(row.target === undefined ? {} : { target: row.target }),
        ...(row.withoutLinks === true ? {} : { signedLink: () => 'https://switchboard.example/media/signed' }),
      });
      expect(adapted).toEqual(row.expected);
    });
  });
});
