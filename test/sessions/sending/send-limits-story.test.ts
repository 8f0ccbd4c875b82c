import { afterEach, describe, expect, it, vi } from 'vitest';
import { openWorld, type World, type WorldOptions } from '../world.ts';

let world: World;
afterEach(async () => world.close());

async function connected(options: WorldOptions) {
  world = await openWorld(options);
  const cora = world.customer();
  await cora.says('Hello');
  const anna = world.anna(cora.conversation);
  await anna.joins();
  return { cora, anna };
}

describe('an agent who writes more than a customer may be sent', () => {
  it('is told what was not sent, why and when it goes on, and can send it then', async () => {
    const { cora, anna } = await connected({ sendLimits: { perAddressPerDay: 2 } });
    await anna.says('One');
    await anna.says('Two');
    const third = await anna.says('Three');
    expect(cora.saw()).toEqual(['Anna: One', 'Anna: Two']);
    const notice = world.room().at(-1);
    expect(notice).toMatch(
      /^notice: Not delivered: the limit of 2 messages to this customer in a day is reached; it begins anew at \d{4}-\d\d-\d\d 00:00 UTC\. To send it again, reply to it with !retry\.$/,
    );
    expect(world.counted).toEqual(['beyond addressDay']);

    world.clock.advance(86_400_000);
    await anna.replies(third, '!retry');
    expect(cora.saw().at(-1)).toBe('Anna: Three');
  });

  it('only waits where it goes on within a minute, and nothing overtakes', async () => {
    const { cora, anna } = await connected({ sendLimits: { perAddressPerMinute: 1 } });
    await anna.says('One');
    const waiting = [anna.says('Two'), anna.says('Three')];
    for (let limited = 1; limited <= 2; limited += 1) {
      await vi.waitFor(() => {
        expect(world.counted).toHaveLength(limited);
        expect(cora.saw()).toHaveLength(limited);
        expect(world.delivery.depths().outbox.waiting).toBe(1);
      });
      world.clock.advance(70_000);
    }
    await Promise.all(waiting);
    expect(cora.saw()).toEqual(['Anna: One', 'Anna: Two', 'Anna: Three']);
    expect(world.room().filter((line) => line.startsWith('notice'))).toEqual([]);
  });

  it('by SMS: is limited by segments, without anything in the config, and they are counted as spent', async () => {
    const { cora, anna } = await connected({ onUnclear: 'ask', sendLimits: { perAddressPerMinute: 'off' } });
    await anna.says('a'.repeat(160));
    await anna.says('a'.repeat(161));
    expect(world.counted).toEqual(['1 segments', '2 segments']);
    for (let n = 0; n < 33; n += 1) await anna.says('a'.repeat(1500));
    expect(world.counted.at(-1)).toBe('beyond addressDay');
    expect(world.room().at(-1)).toContain('the limit of 300 SMS segments to this customer in a day');
    expect(cora.saw().length).toBeLessThan(35);
  });

  it('on any line: what all of them send together', async () => {
    const { cora, anna } = await connected({ sendPerDay: 1 });
    await anna.says('One');
    await anna.says('Two');
    expect(cora.saw()).toEqual(['Anna: One']);
    expect(world.room().at(-1)).toContain('the limit of 1 messages of all lines in a day');
  });

  it('on a network that costs nothing: as much as there is to say', async () => {
    const { cora, anna } = await connected({});
    for (let n = 0; n < 100; n += 1) await anna.says(String(n));
    expect(cora.saw()).toHaveLength(100);
    expect(world.counted).toEqual([]);
  });
});
