import { runChaos, type ChaosPlan } from '../chaos-run.ts';
import type { Verdict } from '../checker.ts';
import type { Verdicts } from '../history.ts';
import type { RelayWorldOptions } from '../relay-world.ts';
import { runReplicaChaos } from '../replica-chaos-run.ts';
import { nothing } from '../strikes.ts';
import { bothStores, unless, type Row, type RowSetting } from './row.ts';
import { withRelay } from './worlds.ts';

/** A fault in the process under test (`PLANT` of relay-process.ts), and what the checker must then find. */
interface Plant {
  readonly name: string;
  readonly what: string;
  readonly finds: keyof Verdict;
  readonly policy?: RelayWorldOptions['policy'];
  /** Crashes without which it does no harm. */
  readonly crashAt?: readonly string[];
}

const plants: readonly Plant[] = [
  { name: 'random-id', what: 'a transaction id that is not derived', finds: 'duplicated' },
  {
    name: 'acknowledge-first',
    what: 'an acknowledgement before the commit',
    finds: 'lost',
    crashAt: [9, 5, 13, 7].map((nth) => `store-before-append#${nth}`),
  },
  {
    name: 'forget-seen',
    what: 'deduplication in memory only',
    finds: 'duplicated',
    crashAt: [1, 5, 9].map((nth) => `inbox-after-commit-before-ack#${nth}`),
  },
  { name: 'overtake', what: 'a retry that lets later messages pass', finds: 'reordered' },
  { name: 'leak', what: 'a message in a foreign room', finds: 'leaked' },
  { name: 'drop', what: 'a message that is said to be sent and is not', finds: 'lost' },
  {
    name: 'send-again',
    what: 'sending again what may have gone out, to a network that does not recognise it',
    finds: 'duplicated',
    policy: 'ask',
  },
];

/** The rig must find what is wrong: each of these faults turns it red. */
export const planted: Row = {
  id: 'planted',
  promise: 'faults planted in the process under test are found',
  stores: bothStores,
  run: async (setting) => {
    const found: Record<string, string> = {};
    const wrong: string[] = [];
    for (const plant of plants) {
      const kinds = await kindsFound(setting, plant);
      found[plant.name] = kinds.join('+');
      wrong.push(...unless(kinds.includes(plant.finds), `not found: ${plant.what}`));
    }
    if (setting.store === 'postgres') {
      const kinds = await foundWithoutLease(setting);
      found['no-lease'] = kinds.join('+');
      wrong.push(...unless(kinds.includes('duplicated'), 'not found: working without a lease'));
    }
    return { wrong, figures: found };
  },
};

async function kindsFound(setting: RowSetting, { name, policy, crashAt, finds }: Plant): Promise<string[]> {
  const options = {
    ...{ plant: name, policy: policy ?? 'safe', conversations: 20, replicas: 1 },
    faults: { busy: 0.03, broken: 0, cut: 0.03 },
  } as const;
  return withRelay(setting, options, async (world) => {
    const plan: ChaosPlan = {
      ...{ seed: setting.seed, messages: 400, randomKills: 0 },
      // What a dead process held is free after its lease only: until then it is not lost, but waits; and what is lost is waited for in vain.
      drainWithinMs:
        crashAt === undefined
          ? 2000
          : finds !== 'lost'
            ? 120_000
            : setting.store === 'postgres'
              ? 20_000
              : 2000,
      // On PostgreSQL each takes as long as a lease.
      crashAt: crashAt?.slice(0, setting.store === 'postgres' ? 2 : undefined) ?? [],
    };
    return kindsIn(await runChaos(world, plan));
  });
}

/** A network that takes everything again, to which everything unclear is sent again: only leases keep two replicas from sending one message. */
async function foundWithoutLease(setting: RowSetting): Promise<string[]> {
  const slow = { busy: 0, broken: 0, cut: 0, slowMs: 50 };
  const options = {
    policy: 'resend',
    conversations: 20,
    replicas: 3,
    faults: slow,
    plant: 'no-lease',
  } as const;
  return withRelay(setting, options, async (world) =>
    kindsIn(
      await runReplicaChaos(world, {
        ...{ seed: setting.seed, strikes: [nothing, nothing], paceMs: 50, drainWithinMs: 5000 },
      }),
    ),
  );
}

function kindsIn({ toAgents, toCustomers }: Verdicts): string[] {
  const kinds = [toAgents, toCustomers].flatMap((verdict) =>
    Object.entries(verdict).flatMap(([kind, texts]: [string, readonly string[]]) =>
      texts.length > 0 ? [kind] : [],
    ),
  );
  return [...new Set(kinds)];
}
