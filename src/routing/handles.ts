import type { Agent, Queue } from '../directory/tenant.ts';
import type { AgentId } from '../platform/ids.ts';
import type { Medium } from '../message/medium.ts';
import type { Ring, RoutingPolicy } from '../directory/routing-policy.ts';

/** The networks and media that an agent handles; absent: all. */
export interface Handled {
  readonly networks?: ReadonlySet<string>;
  readonly media?: ReadonlySet<string>;
}

/** Where a session comes from, and what its customer has sent in it. */
export interface Sent {
  readonly network: string;
  /** Absent: nothing that asks anything of an agent. */
  readonly media?: readonly Medium[];
}

export function handledBy({ networks, media }: Pick<Agent, 'networks' | 'media'>): Handled {
  return {
    ...(networks === undefined ? {} : { networks: new Set(networks) }),
    ...(media === undefined ? {} : { media: new Set(media) }),
  };
}

/** What of the session the agent does not handle, in words; undefined: they handle all of it. */
export function notHandled(agent: Handled, { network, media = [] }: Sent): string | undefined {
  if (agent.networks?.has(network) === false) return network;
  if (agent.media === undefined) return undefined;
  const lacking = media.filter((medium) => agent.media?.has(medium) === false);
  return lacking.length === 0 ? undefined : mediaWords(lacking);
}

/**
 * What of the session none of those handles whom the queue ever asks for it, in words; undefined: somebody does, or there is nobody. Until that
 * changes it waits, whoever becomes free.
 */
export function handledByNobody(
  { policy }: Pick<Queue, 'policy'>,
  session: Sent & { readonly rings?: readonly Ring[] },
  agents: ReadonlyMap<AgentId, Agent>,
): string | undefined {
  const asked: Handled[] = [];
  for (const id of everAsked(policy, session.rings)) {
    const agent = agents.get(id);
    if (agent === undefined) continue;
    const handled = handledBy(agent);
    if (notHandled(handled, session) === undefined) return undefined;
    asked.push(handled);
  }
  if (asked.length === 0) return undefined;
  const { network, media = [] } = session;
  if (asked.every(({ networks }) => networks?.has(network) === false)) return network;
  const lacking = media.filter((medium) => asked.every((agent) => agent.media?.has(medium) === false));
  return lacking.length > 0 ? mediaWords(lacking) : `${network} with ${mediaWords(media)} together`;
}

/** From the start or from some ring on; some perhaps twice. Mostly the first is enough, so that no list is made of them. */
function* everAsked(policy: RoutingPolicy, own: readonly Ring[] = []): Iterable<AgentId> {
  yield* policy.members;
  for (const { agents } of policy.rings) yield* agents;
  for (const { agents } of own) yield* agents;
}

function mediaWords(media: readonly Medium[]): string {
  return `${media.length === 1 ? 'the medium' : 'the media'} ${media.join(', ')}`;
}
