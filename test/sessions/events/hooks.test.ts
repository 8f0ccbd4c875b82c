import { describe, expect, it, vi } from 'vitest';
import { hooks } from '../../../src/sessions/events/hook.ts';
import { disabledAfterMs } from '../../../src/sessions/events/hook-transport.ts';
import { passUntil } from '../passing-time.ts';
import { acme, bolt } from '../world.ts';
import { openHookWorld, type HookWorld } from './hook-world.ts';
import { isSigned } from './receiver.ts';

const first = ['session.opened', 'message.received', 'session.queued', 'session.offered'];

const nothing = (): [] => [];

/** As time passes, there are offers without end. */
const early = ['session.opened', 'message.received', 'session.queued'] as const;

/** Time passes, an hour at a time, until it is so. */
async function until({ world }: HookWorld, isSo: () => unknown): Promise<void> {
  await passUntil(world, { ms: 30 * 86_400_000, stepMs: 3_600_000 }, isSo);
}

describe('a webhook', () => {
  it('is told what happens, signed as Standard Webhooks has it, in the order of the conversation', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver();
    await here.world.customer('cora').says('Hello');
    await vi.waitFor(() => expect(crm.types()).toEqual(first));
    for (const one of crm.received) {
      expect(isSigned(crm.secret, one)).toBe(true);
      expect(isSigned(`whsec_${Buffer.alloc(24).toString('base64')}`, one)).toBe(false);
      expect(one.id).toBe(one.event.id);
    }
    expect(JSON.stringify(crm.received)).not.toContain('Hello');
  });

  it('is told only what it wants, and nothing of another tenant', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver({ types: ['session.opened'] });
    await here.world.customer('zoe', undefined, bolt).says('Hello');
    await here.world.customer('cora').says('Hello');
    await here.world.delivery.idle();
    expect(crm.types()).toEqual(['session.opened']);
  });

  it('gets each event until it takes it, in order, however long that is, under the same id', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver({ types: early });
    const seen: string[] = [];
    crm.program.answer = ({ id }) => {
      seen.push(id);
      return seen.length > 6 ? 204 : 500;
    };
    await here.world.customer('cora').writes('Hello');
    await until(here, () => expect(crm.types()).toEqual(early));
    expect(new Set(seen.slice(0, 7)).size).toBe(1);
  });

  it('that is dead holds up neither another webhook nor another conversation', async () => {
    const here = await openHookWorld();
    const [dead, alive] = [await here.receiver({ types: early }), await here.receiver({ types: early })];
    const cora = here.world.customer('cora');
    dead.program.answer = ({ event }) => (event.conversation === cora.conversation ? 503 : 204);
    await cora.writes('Hello');
    await here.world.customer('dan').writes('Hello');
    await vi.waitFor(() => expect(alive.types()).toHaveLength(6));
    await vi.waitFor(() => expect(dead.types()).toHaveLength(3));
    dead.program.answer = () => 204;
    await until(here, () => expect(dead.types()).toHaveLength(6));
    const ofCora = dead.received.filter(({ event }) => event.conversation === cora.conversation);
    expect(ofCora.map(({ event }) => event.type)).toEqual(early);
  });

  it('that takes nothing for days is disabled, the others are told so, and it can be enabled again', async () => {
    const here = await openHookWorld();
    const [dead, alive] = [await here.receiver(), await here.receiver({ types: ['webhook.disabled'] })];
    dead.program.answer = () => 500;
    const isEnabled = async (): Promise<boolean | undefined> =>
      (await here.world.store.get(acme, hooks, dead.hook))?.value.enabled;
    await here.world.customer('cora').writes('Hello');
    await until(here, async () => expect((await here.desk.get(acme, dead.hook))?.failing).toBeDefined());
    here.world.clock.advance(disabledAfterMs);
    await here.world.customer('dan').writes('Hello');
    await until(here, () => expect(alive.types()).toEqual(['webhook.disabled']));
    expect(await isEnabled()).toBe(false);
    dead.program.answer = () => 204;
    await here.desk.change(acme, dead.hook, { url: dead.url, types: ['session.opened'], enabled: true });
    await here.world.customer('eli').writes('Hello');
    await until(here, () => expect(dead.types()).toContain('session.opened'));
    expect((await here.desk.get(acme, dead.hook))?.failing).toBeUndefined();
  });

  it('that answers 410 is disabled at once', async () => {
    const here = await openHookWorld();
    const gone = await here.receiver();
    gone.program.answer = () => 410;
    await here.world.customer('cora').says('Hello');
    await vi.waitFor(async () =>
      expect((await here.world.store.get(acme, hooks, gone.hook))?.value.enabled).toBe(false),
    );
  });

  it('is not led elsewhere by a redirect', async () => {
    const here = await openHookWorld();
    const [crm, other] = [await here.receiver(), await here.receiver({ enabled: false })];
    crm.program.headers = { location: other.url };
    crm.program.answer = () => 307;
    await here.world.customer('cora').writes('Hello');
    await vi.waitFor(async () =>
      expect((await here.desk.get(acme, crm.hook))?.failing?.reason).toContain('redirect'),
    );
    expect(other.received).toEqual([]);
  });

  it('is not reached at a private address that nobody trusts', async () => {
    const here = await openHookWorld();
    const made = await here.desk.create(
      acme,
      { url: 'http://127.0.0.1:80/x', types: [], enabled: true },
      () => [],
    );
    await here.world.customer('cora').writes('Hello');
    await vi.waitFor(async () =>
      expect((await here.desk.get(acme, made?.view.id ?? ''))?.failing).toBeDefined(),
    );
  });
});

describe('the secret of a webhook', () => {
  it('is sealed in the store, and changes with both signatures for a time', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver({ types: ['session.opened'] });
    const kept = JSON.stringify(await here.world.store.get(acme, hooks, crm.hook));
    expect(kept).not.toContain(crm.secret.slice('whsec_'.length));
    const turned = await here.desk.rotate(acme, crm.hook, 60_000, () => []);
    const next = turned?.secret ?? '';
    await here.world.customer('cora').says('Hello');
    await here.world.delivery.idle();
    const [both] = crm.received;
    if (both === undefined) throw new Error('nothing came');
    expect([isSigned(crm.secret, both), isSigned(next, both)]).toEqual([true, true]);
    here.world.clock.advance(60_000);
    await here.world.customer('dan').says('Hello');
    await here.world.delivery.idle();
    const after = crm.received.at(-1) ?? both;
    expect([isSigned(crm.secret, after), isSigned(next, after)]).toEqual([false, true]);
  });
});

describe('what was sent', () => {
  it('is listed with its attempts, newest first, page by page', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver();
    await here.world.customer('cora').says('Hello');
    await here.world.delivery.idle();
    const page = await here.desk.sendings(acme, crm.hook, { limit: 3 });
    expect(page?.found).toHaveLength(3);
    const rest = await here.desk.sendings(acme, crm.hook, {
      limit: 3,
      ...(page?.next === undefined ? {} : { after: page.next }),
    });
    expect(rest?.found).toHaveLength(1);
    const all = [...(page?.found ?? []), ...(rest?.found ?? [])];
    expect(all.map(({ record }) => record?.status)).toEqual(['sent', 'sent', 'sent', 'sent']);
    expect(await here.desk.sendings(bolt, crm.hook, { limit: 3 })).toBeUndefined();
  });

  it('is sent again, one or all since a time, under the same ids', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver();
    await here.world.customer('cora').says('Hello');
    await here.world.delivery.idle();
    const [newest] = (await here.desk.sendings(acme, crm.hook, { limit: 1 }))?.found ?? [];
    expect(await here.desk.redeliver(acme, crm.hook, { delivery: newest?.id ?? '' }, nothing)).toBe(1);
    await here.world.delivery.idle();
    expect(crm.received.at(-1)?.id).toBe(newest?.value.event);
    expect(await here.desk.redeliver(acme, crm.hook, { since: 0 }, nothing)).toBe(4);
    await here.world.delivery.idle();
    expect(crm.types()).toEqual([...first, crm.received[4]?.event.type, ...first]);
    expect(new Set(crm.received.map(({ id }) => id)).size).toBe(4);
    const other = await here.receiver();
    expect(await here.desk.redeliver(acme, other.hook, { delivery: newest?.id ?? '' }, nothing)).toBe(0);
  });

  it('is sent again once, however often that is asked for while it is on its way', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver({ types: ['session.opened'] });
    await here.world.customer('cora').says('Hello');
    await here.world.delivery.idle();
    const [sending] = (await here.desk.sendings(acme, crm.hook, { limit: 1 }))?.found ?? [];
    const again = async (): Promise<number> =>
      here.desk.redeliver(acme, crm.hook, { delivery: sending?.id ?? '' }, nothing);
    expect(await Promise.all([again(), again(), again()])).toEqual([1, 1, 1]);
    await here.world.delivery.idle();
    expect(crm.types()).toEqual(['session.opened', 'session.opened']);
    // Asked for afterwards, it is another wish.
    await again();
    await here.world.delivery.idle();
    expect(crm.received).toHaveLength(3);
  });

  it('is not sent twice where it has not got through yet', async () => {
    const here = await openHookWorld();
    const crm = await here.receiver({ types: ['session.opened'] });
    crm.program.answer = () => 500;
    await here.world.customer('cora').writes('Hello');
    await vi.waitFor(async () =>
      expect((await here.desk.get(acme, crm.hook))?.failing?.reason).toContain('500'),
    );
    expect(await here.desk.redeliver(acme, crm.hook, { since: 0 }, nothing)).toBe(1);
    crm.program.answer = () => 204;
    await until(here, () => expect(crm.types()).toEqual(['session.opened']));
    await here.world.delivery.idle();
    expect((await here.desk.sendings(acme, crm.hook, { limit: 10 }))?.found).toHaveLength(1);
  });
});
