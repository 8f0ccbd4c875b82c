import { describe, expect, test } from 'vitest';
import { allRight, check, type Seen } from './checker.ts';
import { parseTag, tagText, type MessageTag } from './message-tag.ts';

const acknowledged: MessageTag[] = ['a', 'b'].flatMap((tenant) =>
  ['c1', 'c2'].flatMap((conversation) =>
    Array.from({ length: 10 }, (_, sequence) => ({ tenant, conversation, sequence })),
  ),
);
const arrived: Seen[] = acknowledged.map((tag) => ({ ...tag, text: tagText(tag) }));

describe('the checker', () => {
  test('is content where everything arrived once and in order, conversations mixed', () => {
    const mixed = arrived.toSorted(
      (x, y) => Number(parseTag(x.text)?.sequence) - Number(parseTag(y.text)?.sequence),
    );
    expect(check({ acknowledged, seen: mixed })).toEqual(allRight);
  });

  test('finds a message that is missing', () => {
    const seen = arrived.filter((one) => one.text !== 'a/c2/7');
    expect(check({ acknowledged, seen })).toEqual({ ...allRight, lost: ['a/c2/7'] });
  });

  test('finds all as missing where nothing arrived', () => {
    expect(check({ acknowledged, seen: [] }).lost).toHaveLength(40);
  });

  test('excuses a missing message of which somebody was told, and only that one', () => {
    const seen = arrived.filter((one) => !['a/c2/7', 'a/c2/8'].includes(one.text));
    expect(check({ acknowledged, seen, unclear: ['a/c2/7', 'b/c1/1'] }).lost).toEqual(['a/c2/8']);
  });

  test('finds each repetition, also one that comes at the very end or out of order', () => {
    const seen = [...arrived, arrived[3]!, arrived[3]!];
    expect(check({ acknowledged, seen })).toEqual({ ...allRight, duplicated: ['a/c1/3', 'a/c1/3'] });
  });

  test('finds two that changed places', () => {
    const seen = [...arrived];
    [seen[4], seen[5]] = [seen[5]!, seen[4]!];
    expect(check({ acknowledged, seen })).toEqual({ ...allRight, reordered: ['a/c1/4'] });
  });

  test('finds a straggler once, not all that overtook it', () => {
    const seen = [...arrived.slice(1, 10), arrived[0]!, ...arrived.slice(10)];
    expect(check({ acknowledged, seen })).toEqual({ ...allRight, reordered: ['a/c1/0'] });
  });

  test('finds what nobody sent', () => {
    const seen = [
      ...arrived,
      { tenant: 'a', conversation: 'c1', text: 'a/c1/10' },
      { ...arrived[0]!, text: 'oops' },
    ];
    expect(check({ acknowledged, seen })).toEqual({ ...allRight, unexpected: ['a/c1/10', 'oops'] });
  });

  test('finds a message of one tenant in a room of another, which also is missing where it belongs', () => {
    const seen = arrived.map((one) => (one.text === 'a/c1/2' ? { ...one, tenant: 'b' } : one));
    expect(check({ acknowledged, seen })).toEqual({ ...allRight, leaked: ['a/c1/2'], lost: ['a/c1/2'] });
  });

  test('finds a message of one conversation in another of the same tenant', () => {
    const seen = [...arrived, { ...arrived[2]!, conversation: 'c2' }];
    expect(check({ acknowledged, seen })).toEqual({ ...allRight, leaked: ['a/c1/2'] });
  });

  test('lets what was never acknowledged arrive or not, but once and in order', () => {
    const [last, ...rest] = acknowledged.toReversed();
    const more = { acknowledged: rest, unacknowledged: [last!] };
    expect(check({ ...more, seen: arrived })).toEqual(allRight);
    expect(check({ ...more, seen: arrived.slice(0, -1) })).toEqual(allRight);
    expect(check({ ...more, seen: [...arrived, arrived.at(-1)!] }).duplicated).toEqual(['b/c2/9']);
  });
});
