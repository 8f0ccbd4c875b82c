import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ChannelHarness } from './channel-harness.ts';
import type { ConformanceLine } from './channel-line.ts';

/** What can be seen without a message: names, parameters, capability data, abilities beside it. */
export function describeContract(harness: ChannelHarness, line: () => ConformanceLine): void {
  const { module } = harness;

  describe('contract', () => {
    test('the channel has a name for paths and one for people', () => {
      expect(module.channel).toMatch(/^[a-z][a-z0-9-]{0,30}$/);
      expect(module.title.trim()).toBe(module.title);
      expect(module.title).not.toBe('');
    });

    test('an unknown parameter is refused by its name', () => {
      const result = module.parameters.safeParse({ ...line().far.parameters, thisIsNoParameter: 1 });
      expect(result.success).toBe(false);
      expect(z.prettifyError(result.error!)).toContain('thisIsNoParameter');
    });

    test('a parameter of the wrong type is refused by its name, without its value', () => {
      const { parameters } = line().far;
      for (const name of Object.keys(parameters)) {
        const wrong = { 'wrong-typed-value': 'a value that nobody expects' };
        const result = module.parameters.safeParse({ ...parameters, [name]: wrong });
        expect.soft(result.success, name).toBe(false);
        if (result.success) continue;
        const told = z.prettifyError(result.error);
        expect.soft(told).toContain(name);
        expect.soft(told).not.toContain('a value that nobody expects');
      }
    });

    test('the parameters have a JSON Schema, with secrets marked', () => {
      const schema = JSON.stringify(z.toJSONSchema(module.parameters, { io: 'input' }));
      if (line().far.secrets.length > 0) expect(schema).toContain('"writeOnly":true');
    });

    test('the capabilities agree with themselves', () => {
      const { text, media, choice, react, edit, retract, serviceWindowSeconds } = line().capabilities;
      const positive = (value: number) => Number.isSafeInteger(value) && value > 0;
      expect(positive(text.maxLength)).toBe(true);
      for (const [kind, capability] of Object.entries(media)) {
        expect(capability.mimeTypes, kind).not.toEqual([]);
        for (const type of capability.mimeTypes) expect(type).toMatch(/^[a-z*]+\/[a-z0-9.+*-]+$/);
        expect(positive(capability.maxBytes), kind).toBe(true);
        expect(capability.maxCaption).toBeGreaterThanOrEqual(0);
        expect(capability.maxCaption).toBeLessThanOrEqual(text.maxLength);
      }
      if (choice !== false) expect(positive(choice.maxOptions) && positive(choice.maxLabel)).toBe(true);
      if (react !== false) expect(react.emoji).not.toEqual([]);
      for (const limit of [edit, retract]) {
        if (limit !== false && limit.maxAgeSeconds !== undefined)
          expect(positive(limit.maxAgeSeconds)).toBe(true);
      }
      if (serviceWindowSeconds !== undefined) expect(positive(serviceWindowSeconds)).toBe(true);
    });

    test('an ability is there exactly if the capabilities say so', () => {
      const { capabilities, connection } = line();
      expect({
        edit: connection.edit !== undefined,
        retract: connection.retract !== undefined,
        react: connection.react !== undefined,
        typing: connection.typing !== undefined,
        markRead: connection.markRead !== undefined,
      }).toEqual({
        edit: capabilities.edit !== false,
        retract: capabilities.retract !== false,
        react: capabilities.react !== false,
        typing: capabilities.typing.out,
        markRead: capabilities.receipts.markRead,
      });
    });

    test('a live check finds nothing wrong', async ({ skip }) => {
      const { connection } = line();
      skip(connection.verify === undefined, 'the network has none');
      expect(await connection.verify!()).toEqual([]);
    });
  });
}
