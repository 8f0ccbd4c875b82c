import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLeanHomeserver } from '../../bench/rig/lean-homeserver.ts';
import { runLoad } from '../../bench/rig/load.ts';
import { rest } from '../../bench/rig/memory.ts';
import { processFigures, type ProcessFigures } from '../../bench/rig/process-figures.ts';
import { startRig, type Rig } from '../../bench/rig/rig.ts';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';

const programs = await ensurePostgres();
const conversations = 40;
/** Each way, in one round. */
const messages = 1500;
/** Bytes: a message that is kept somewhere takes more; what the heap is off by after a round is less. */
const leastLeak = 400;
const more = 10;
/** Longer than a connection is kept that nobody uses. */
const goneWithinMs = 120_000;

/**
 * Judged by what a message leaves behind, never by time: so it holds on any machine. On PostgreSQL, where no record is kept in memory.
 * The same for an hour, with times: `npm run soak`.
 */
describe.skipIf('unavailable' in programs)('what messages leave behind', () => {
  let server: RunningPostgres;
  let rig: Rig;
  beforeAll(async () => {
    if ('unavailable' in programs) return;
    server = await startPostgres(programs);
    rig = await startRig({
      network: 'loopback',
      fsync: false,
      conversations,
      tenants: 2,
      agentsPerTenant: 5,
      postgres: await server.createDatabase(),
      startHomeserver: startLeanHomeserver,
    });
  });
  afterAll(async () => {
    await rig.close();
    await server.stop();
  });

  async function round(): Promise<ProcessFigures> {
    for (const direction of ['inwards', 'outwards'] as const)
      await runLoad(rig, { direction, conversations, messages, clients: 32 });
    await rest(rig);
    return processFigures(rig);
  }

  test('a message that was delivered leaves nothing in the process: no memory, no handle, no file', async () => {
    await rig.populate(0, conversations);
    // The first is the compiler's.
    await round();
    const before = await round();
    const bytesIn = ({ heapBytes }: ProcessFigures): number =>
      (heapBytes - before.heapBytes) / (2 * messages);
    // The same number of clients opens the same number of sockets.
    const isBack = (now: ProcessFigures): boolean =>
      bytesIn(now) < leastLeak &&
      now.handles <= before.handles + more &&
      now.openFiles <= before.openFiles + more;
    let after = await round();
    // What was left behind stays; sockets that a busy moment took, and what was still being stored, go.
    for (const deadline = performance.now() + goneWithinMs; !isBack(after) && performance.now() < deadline;) {
      await rest(rig);
      after = await processFigures(rig);
    }
    const bytes = bytesIn(after);
    console.log(`heap: ${bytes.toFixed(0)} bytes a message`);
    expect(bytes).toBeLessThan(leastLeak);
    expect(after.handles).toBeLessThanOrEqual(before.handles + more);
    expect(after.openFiles).toBeLessThanOrEqual(before.openFiles + more);
  });
});
