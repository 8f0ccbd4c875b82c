import type { MatrixUserId } from '../../platform/ids.ts';
import type { Agent } from '../../directory/tenant.ts';
import { accountsOf, agentOfUser } from '../../directory/directory.ts';
import type { Draft } from '../draft.ts';
import { ledgerWords } from '../ledger/ledger-words.ts';
import { obstacle } from '../../routing/eligibility.ts';
import { openTimesOf } from '../../routing/hours/open-time.ts';
import { needNow } from '../../routing/need-now.ts';
import { routedAgent } from '../../routing/routed-agent.ts';
import { isConnected } from '../session.ts';
import { routingWords } from '../session-routing.ts';
import { unhandled } from '../unhandled.ts';
import type { Command } from './command.ts';

export const why: Command = {
  name: 'why',
  usage: '',
  help: 'tells why the session came to you, and what became of the message that you reply to, else of the last one, and when',
  run(draft, agent, input) {
    const { asked, now, tenant } = draft.state;
    const isAboutMessage = input.replyTo !== undefined || input.thread !== undefined;
    const session = isAboutMessage ? [] : whySession(draft, agent);
    if (asked !== undefined) {
      const words = ledgerWords(asked, {
        now,
        user: input.sender,
        nameOf: (user) =>
          accountsOf(agent).includes(user) ? 'you' : (agentOfUser(tenant, user)?.name ?? user),
      });
      return [...words, ...session].join('\n');
    }
    if (session.length > 0) return session.join('\n');
    return isAboutMessage
      ? 'Nothing is known of that message: it is none of this conversation’s, or it is older than what the ledger keeps.'
      : 'Nothing was said here of which anything is known.';
  },
};

/** Rule, skills, ring and order by which the session came to who has it, or is offered to. */
function whySession(draft: Draft, agent: Agent): string[] {
  const { openSession, state } = draft;
  if (openSession === undefined) return [];
  const { offer, routing, why: reason } = openSession;
  const offered =
    offer?.why === undefined
      ? []
      : [`Offered to ${offer.agent === agent.id ? 'you' : nameOf(offer.user)}: ${offer.why}.`];
  const whose = isConnected(openSession, agent) ? 'The session is yours' : 'An agent was asked';
  const taken = reason === undefined ? [] : [`${whose}: ${reason}.`];
  const queue = state.tenant.queues.get(openSession.queue)?.name;
  return [
    ...taken,
    ...offered,
    ...whyNot(draft, agent),
    ...(queue === undefined ? [] : [`Queue: ${queue}.`]),
    ...(routing === undefined ? [] : routingWords(routing)),
  ];

  function nameOf(other: MatrixUserId): string {
    return agentOfUser(state.tenant, other)?.name ?? other;
  }
}

/** While it waits: what keeps the agent from being asked, and everybody. */
function whyNot(draft: Draft, agent: Agent): string[] {
  const { queueEntry, session, state } = draft;
  if (session.state !== 'waiting' || queueEntry === undefined) return [];
  const { tenant, now } = state;
  const queue = tenant.queues.get(queueEntry.queue);
  if (queue === undefined) return [];
  const nobody = unhandled(draft);
  const openTimes = openTimesOf(tenant, draft.routingFacts().hours, now);
  const found = obstacle(
    routedAgent(agent, draft.workOf(agent.id)),
    needNow(queueEntry, queue.policy, openTimes, now),
  );
  return [
    ...(found === undefined ? [] : [`You are not asked: ${found}.`]),
    ...(nobody === undefined ? [] : [`Nobody is asked: ${nobody}.`]),
  ];
}
