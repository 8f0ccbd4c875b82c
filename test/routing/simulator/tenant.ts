import type { RoutingPolicy, SkillLevels } from '../../../src/directory/routing-policy.ts';
import type { Agent, Queue } from '../../../src/directory/tenant.ts';
import type { Medium } from '../../../src/message/medium.ts';
import { as, type AgentId, type MatrixUserId, type QueueId } from '../../../src/platform/ids.ts';
import type { Dice } from './dice.ts';

const second = 1000;
export const networks = ['sms', 'web', 'xmpp'] as const;

/** Who there is, and what they can: some speak French or German, some know billing, some handle web chat only. */
export function simulatedAgents(count: number, dice: Dice): Map<AgentId, Agent> {
  const agents = Array.from({ length: count }, (_, index): Agent => {
    const id = as<AgentId>(`agent-${String(index)}`);
    const skills: Record<string, number> = { english: dice.whole(3, 5) };
    if (dice.chance(0.35)) skills.french = dice.whole(1, 5);
    if (dice.chance(0.25)) skills.german = dice.whole(1, 5);
    if (dice.chance(0.5)) skills.billing = dice.whole(1, 5);
    return {
      id,
      user: as<MatrixUserId>(`@${id}:example.org`),
      name: id,
      capacity: dice.whole(2, 4),
      supervisor: false,
      skills,
      ...(dice.chance(0.1) ? { networks: ['web'] } : {}),
      ...(dice.chance(0.15) ? { media: ['text', 'image'] } : {}),
    };
  });
  return new Map(agents.map((agent) => [agent.id, agent]));
}

/** Support for everybody, sales first and soon, and billing, which takes twice as much of an agent. */
export function simulatedQueues(agents: readonly AgentId[]): Map<QueueId, Queue> {
  const share = (from: number, to: number): readonly AgentId[] =>
    agents.slice(Math.floor(agents.length * from), Math.ceil(agents.length * to));
  const rings: RoutingPolicy['rings'] = [
    { afterMs: 45 * second, agents: share(0.6, 0.8), dropSkills: [] },
    { afterMs: 120 * second, agents: share(0.8, 1), dropSkills: ['french', 'german'] },
  ];
  const queues: Queue[] = [
    queueOf('support', { members: share(0, 0.6), rings, lastAgentMs: 20 * second }),
    queueOf(
      'sales',
      {
        members: share(0.5, 0.9),
        evaluation: 'BEST',
        preferred: { english: 3 },
        order: 'round-robin',
        rings: [{ afterMs: 30 * second, agents: share(0, 0.5), dropSkills: [] }],
        retryMs: 20 * second,
      },
      { priority: 2, promisedMs: 60 * second },
    ),
    queueOf(
      'billing',
      {
        members: share(0.3, 1),
        order: 'most-available',
        required: { billing: 2 },
        rings: [{ afterMs: 90 * second, agents: share(0, 0.3), dropSkills: ['billing'] }],
        lastAgentMs: 30 * second,
      },
      { weight: 2, wrapUpMs: 30 * second, promisedMs: 180 * second },
    ),
  ];
  return new Map(queues.map((queue) => [queue.id, queue]));
}

function queueOf(id: string, policy: Partial<RoutingPolicy>, change: Partial<Queue> = {}): Queue {
  return {
    id: as<QueueId>(id),
    name: id,
    offerMs: 30 * second,
    promisedMs: 120 * second,
    priority: 0,
    weight: 1,
    wrapUpMs: 0,
    ...change,
    policy: {
      members: [],
      evaluation: 'ALL',
      order: 'longest-idle',
      required: {},
      preferred: {},
      rings: [],
      manual: false,
      lastAgentMs: 0,
      retryMs: 30 * second,
      ...policy,
    },
  };
}

/** What a customer has sent when the session comes to wait. Shared objects, too. */
const words: readonly Medium[] = ['text'];
const pictures: readonly Medium[] = ['text', 'image'];
const recordings: readonly Medium[] = ['voice'];

export function simulatedMedia(dice: Dice): readonly Medium[] {
  const drawn = dice.next();
  return drawn < 0.1 ? pictures : drawn < 0.2 ? recordings : words;
}

/** What one session asks beyond its queue. Shared objects: sessions that ask for the same are many. */
const nothing: SkillLevels = {};
const french: SkillLevels = { french: 3 };
const german: SkillLevels = { german: 2 };

export function simulatedNeed(dice: Dice): SkillLevels {
  const drawn = dice.next();
  return drawn < 0.12 ? french : drawn < 0.2 ? german : nothing;
}
