import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import type { NewEntry } from '../../src/delivery/delivery.ts';
import { as, type ConversationId, type InboxEntryId } from '../../src/platform/ids.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { check, type Verdict } from '../chaos/checker.ts';
import { tagText, type MessageTag } from '../chaos/message-tag.ts';
import type { EngineReplica, Event, Peers } from './engine-replica.ts';

export interface RunPlan {
  readonly seed: number;
  readonly conversations: number;
  /** Of each conversation. */
  readonly messages: number;
  readonly faults: readonly ('kill' | 'pause' | 'stop')[];
  /** How long a paused replica stands still. */
  readonly pauseMs: number;
}

export interface RunResult {
  readonly rooms: Verdict;
  readonly customers: Verdict;
  readonly unclear: number;
}

const answerWithinMs = 400;

/**
 * Customers write one message after the other, each to any of the replicas and again to any until one takes it; meanwhile replicas end,
 * stand still and are replaced. Then everything must arrive.
 */
export async function runReplicas(
  plan: RunPlan,
  peers: Peers,
  startReplica: () => Promise<EngineReplica>,
): Promise<RunResult> {
  const random = seededRandom(plan.seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const replicas = [await startReplica(), await startReplica(), await startReplica()];
  const everStarted = [...replicas];
  const accepted: MessageTag[] = [];
  const total = plan.conversations * plan.messages;

  const sendOne = async (tag: MessageTag): Promise<void> => {
    const text = tagText(tag);
    const entry: NewEntry<Event> = {
      id: as<InboxEntryId>(`in-${text}`),
      key: as<ConversationId>(tag.conversation),
      event: { text },
    };
    for (;;) {
      const taken = await Promise.race([
        pick(replicas)
          .accept([entry])
          .then(
            () => true,
            () => false,
          ),
        sleep(answerWithinMs, false),
      ]);
      if (taken) return;
    }
  };
  const talk = async (conversation: string): Promise<void> => {
    for (let sequence = 0; sequence < plan.messages; sequence += 1) {
      const tag = { tenant: 'acme', conversation, sequence };
      await sendOne(tag);
      accepted.push(tag);
    }
  };
  const strike = async (fault: RunPlan['faults'][number]): Promise<void> => {
    const victim = pick(replicas);
    if (fault === 'pause') {
      victim.process.pause();
      await sleep(plan.pauseMs);
      victim.process.resume();
      return;
    }
    const fresh = await startReplica();
    everStarted.push(fresh);
    replicas[replicas.indexOf(victim)] = fresh;
    if (fault === 'kill') victim.process.kill();
    else await victim.stop();
  };
  const harass = async (): Promise<void> => {
    for (const [at, fault] of plan.faults.entries()) {
      const moment = ((at + random()) / plan.faults.length) * total;
      await vi.waitUntil(() => accepted.length >= Math.min(moment, total), { timeout: 120_000, interval: 1 });
      await strike(fault);
    }
  };
  await Promise.all([harass(), ...Array.from({ length: plan.conversations }, async (_, n) => talk(`c${n}`))]);

  const verdicts = (): [Verdict, Verdict] => [
    check({
      acknowledged: accepted,
      seen: [...peers.rooms.values()].map(({ text }) => ({
        tenant: 'acme',
        conversation: text.split('/')[1] ?? '',
        text,
      })),
    }),
    check({
      acknowledged: accepted,
      seen: peers.customers.map((one) => ({ tenant: 'acme', ...one })),
      unclear: [...peers.unclear],
    }),
  ];
  await vi
    .waitUntil(() => verdicts().every(({ lost }) => lost.length === 0), { timeout: 60_000, interval: 20 })
    .catch(() => undefined);
  for (const replica of everStarted) await replica.stop();
  const [rooms, customers] = verdicts();
  return { rooms, customers, unclear: peers.unclear.size };
}
