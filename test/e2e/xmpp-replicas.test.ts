import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres } from '../../dev/postgres/start-postgres.ts';
import { ensureProsody } from '../../dev/prosody/ensure-prosody.ts';
import { startProsody } from '../../dev/prosody/start-prosody.ts';
import { superviseProcess } from '../chaos/supervised-process.ts';
import { createSwitchboardWorld } from '../chaos/switchboard-world.ts';
import { body, startCustomer } from '../channels/xmpp/xmpp-customer.ts';

const [postgres, prosody] = [await ensurePostgres(), await ensureProsody()];
const domain = 'bridge.localhost';
const help = `help@${domain}`;
const secret = 'component-secret';

describe.skipIf('unavailable' in postgres || 'unavailable' in prosody)('an XMPP line of two replicas', () => {
  test.each([
    ['of a tenant', false],
    ['that tenants share', true],
  ])(
    '%s is open at one of them, and moves within 12 s when that one is killed',
    async (_whose, isShared) => {
      if ('unavailable' in postgres) return;
      const xmpp = await startProsody({
        components: [{ domain, secret }],
        users: [{ name: 'alice', password: 'pw-alice' }],
      });
      const server = await startPostgres(postgres);
      const database = await server.createDatabase();
      const parameters = { domain, secret, host: '127.0.0.1', port: xmpp.ports.components };
      const line = { channel: 'xmpp', parameters };
      const world = await createSwitchboardWorld({
        ...{ seed: 1, conversations: 1, faults: { busy: 0, broken: 0, cut: 0 } },
        shared: { replicas: 2, database },
        identifiers: ['help'],
        ...(isShared ? { sharedLines: { xmpp: line } } : { lines: { xmpp: { ...line, queue: 'support' } } }),
      });
      const replicas = world.targets.map(superviseProcess);
      const alice = await startCustomer({
        ...{ service: xmpp.clientService, host: xmpp.host, name: 'alice', password: 'pw-alice' },
      });
      let said = 0;
      const inRoom = (text: string): boolean =>
        world.homeserver
          .events()
          .some(({ type, content }) => type === 'm.room.message' && content['body'] === text);
      /** Writes until one of the messages stands in the room; gives how long that took. */
      const reach = async (): Promise<number> => {
        const begun = performance.now();
        const first = said;
        while (performance.now() - begun < 90_000) {
          await alice.say(help, [body(`message ${said}`)]);
          said += 1;
          await sleep(200);
          for (let at = first; at < said; at += 1)
            if (inRoom(`message ${at}`)) return performance.now() - begun;
        }
        throw new Error(replicas.map((replica) => replica.lastWords()).join('\n'));
      };
      /** What the agent writes goes out by the replica that has the line. */
      const answer = async (text: string): Promise<void> => {
        const [room] = world.homeserver
          .events()
          .filter(({ content }) => String(content['body']).startsWith('message '))
          .map(({ room_id }) => room_id);
        const agent = world.agentOf({ tenant: 'tenant0', conversation: '' });
        // The message may stand there before the agent has taken the session.
        await expect
          .poll(() => world.homeserver.world.rooms.get(room ?? '')?.membership(agent.userId), {
            timeout: 60_000,
          })
          .toBe('join');
        agent.send(room ?? '', text);
        await expect
          .poll(() => alice.received.some((stanza) => stanza.getChildText('body') === text), {
            timeout: 60_000,
          })
          .toBe(true);
      };
      try {
        await Promise.all(replicas.map(async (replica) => replica.start()));
        await reach();
        await answer('the first answer');
        // Whichever has the line: it is one of them.
        const took: number[] = [];
        for (const [index, replica] of replicas.entries()) {
          const other = lateness(world.targets[1 - index]?.readyUrl ?? '');
          const { kills } = replica;
          const isBack = replica.kill();
          await expect.poll(() => replica.kills, { interval: 5 }).toBeGreaterThan(kills);
          const ms = await reach();
          const lateMs = await other.stop();
          console.log(
            `the line was reached again after ${ms.toFixed(0)} ms, the other replica was ${lateMs.toFixed(0)} ms late`,
          );
          expect(ms).toBeLessThan(12_000 + lateMs);
          took.push(ms);
          await isBack;
          await answer(`the answer after ${String(took.length)}`);
        }
        expect(Math.max(...took)).toBeGreaterThan(1000);
      } finally {
        await Promise.all(replicas.map(async (replica) => replica.terminate(10_000)));
        await alice.stop();
        await world.close();
        await server.stop();
        await xmpp.stop();
      }
    },
    600_000,
  );
});

/** Asks again and again, and gives how much later than in 100 ms it was answered, all in all: so long a busy machine kept it standing. */
function lateness(url: string): { stop(): Promise<number> } {
  let stopped = false;
  let lateMs = 0;
  const asking = (async () => {
    while (!stopped) {
      const begun = performance.now();
      await fetch(url).then(
        async (answer) => answer.arrayBuffer(),
        () => undefined,
      );
      lateMs += Math.max(0, performance.now() - begun - 100);
      await sleep(50);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await asking;
      return lateMs;
    },
  };
}
