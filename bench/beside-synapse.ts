/**
 * Messages through all of Switchboard on a real Synapse, in turns with a bare client that does the same sends.
 *
 *     node bench/beside-synapse.ts [--messages 600] [--conversations 40] [--rounds 2]
 */
import { parseArgs } from 'node:util';
import { runLoad, type LoadOptions, type LoadResult } from './rig/load.ts';
import { startRig } from './rig/rig.ts';
import { startBenchSynapse, type BenchSynapse } from './rig/synapse.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '600' },
    conversations: { type: 'string', default: '40' },
    rounds: { type: 'string', default: '2' },
  },
});
const messages = Number(values.messages);
const conversations = Number(values.conversations);

let started: BenchSynapse | undefined;
const rig = await startRig({
  network: 'loopback',
  fsync: true,
  conversations,
  tenants: 2,
  agentsPerTenant: 5,
  startHomeserver: async (options) => (started = await startBenchSynapse(options)),
});

function row(who: string, direction: string, load: string, result: LoadResult): void {
  const cells = [who, direction, load, (result.messages / result.seconds).toFixed(0)];
  console.log(`| ${[...cells, String(result.acknowledged), String(result.arrived)].join(' | ')} |`);
}

try {
  const synapse = started;
  if (synapse === undefined) throw new Error('Synapse was not started');
  await rig.populate(0, conversations);
  const privateRooms: string[] = [];
  for (let n = 0; n < conversations; n += 1) privateRooms.push(await synapse.privateRoomOf(rig.roomOf(n)));

  const base = { conversations, messages, clients: 32 };
  /** The same message, without Switchboard. */
  const ways: Record<LoadOptions['direction'], { readonly bare: LoadOptions['say'] }> = {
    inwards: { bare: async (n, text) => synapse.bareGhostSays(rig.roomOf(n), text) },
    outwards: { bare: async (n, text) => synapse.agentSays(privateRooms[n] ?? '', text) },
  };
  console.log('| who | direction | load | messages/s | ack p50, p99 ms | whole way p50, p99 ms |');
  console.log('|---|---|---|---|---|---|');
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const direction of ['inwards', 'outwards'] as const) {
      const { bare: say } = ways[direction];
      const bare = { ...base, direction, ...(say === undefined ? {} : { say }) };
      const bareMost = await runLoad(rig, bare);
      row('bare client', direction, '32 at once', bareMost);
      row('Switchboard', direction, '32 at once', await runLoad(rig, { ...base, direction }));
      const perSecond = Math.max(5, Math.floor(bareMost.messages / bareMost.seconds / 4));
      const some = { messages: Math.ceil(messages / 3), perSecond };
      row(
        'bare client',
        direction,
        `${String(perSecond)}/s offered`,
        await runLoad(rig, { ...bare, ...some }),
      );
      row(
        'Switchboard',
        direction,
        `${String(perSecond)}/s offered`,
        await runLoad(rig, { ...base, direction, ...some }),
      );
    }
  }
} finally {
  await rig.close();
}
process.exit();
