import { describe, expect, it } from 'vitest';
import { createPlaces } from '../../src/platform/places.ts';

const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Takes places, notes who got one and in which order, and gives them back when told. */
function world(count: number, perTenant?: number) {
  const places = createPlaces(count, perTenant);
  const got: string[] = [];
  const held: { tenant: string; giveBack: () => void }[] = [];
  return {
    places,
    got,
    held,
    take: (tenant: string, times = 1): void => {
      for (let n = 0; n < times; n += 1)
        void places.take(tenant).then((giveBack) => {
          got.push(tenant);
          held.push({ tenant, giveBack });
        });
    },
    giveBack: async (): Promise<void> => {
      held.shift()?.giveBack();
      await settled();
    },
  };
}

describe('places', () => {
  it('are all one tenant’s while nobody else wants one', async () => {
    const { take, got } = world(4);
    take('heavy', 10);
    await settled();
    expect(got).toHaveLength(4);
  });

  it('go to who has waited a turn, not behind all that another waits for', async () => {
    const { take, got, giveBack } = world(4);
    take('heavy', 100);
    await settled();
    take('light', 2);
    for (let n = 0; n < 4; n += 1) await giveBack();
    expect(got.slice(4)).toEqual(['light', 'heavy', 'light', 'heavy']);
  });

  it('are kept free for others where one tenant may not have all', async () => {
    const { take, got } = world(4, 3);
    take('heavy', 10);
    take('light');
    await settled();
    expect(got).toEqual(['heavy', 'heavy', 'heavy', 'light']);
  });

  it('are given back once, however often it is said', async () => {
    const { take, got, held } = world(1);
    take('heavy', 3);
    await settled();
    held[0]?.giveBack();
    held[0]?.giveBack();
    await settled();
    expect(got).toHaveLength(2);
  });

  it('are not taken by who gave up waiting', async () => {
    const { places, take, got, giveBack } = world(1);
    take('heavy');
    await settled();
    const patience = new AbortController();
    const waited = places.take('light', patience.signal);
    patience.abort(new Error('no longer'));
    await expect(waited).rejects.toThrow('no longer');
    take('other');
    await giveBack();
    expect(got).toEqual(['heavy', 'other']);
    await expect(places.take('light', patience.signal)).rejects.toThrow('no longer');
  });
});
