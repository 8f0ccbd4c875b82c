import { handledBy, notHandled } from '../../routing/handles.ts';
import { loadOf } from '../../directory/agent-work.ts';
import type { Agent } from '../../directory/tenant.ts';
import { inviteOthers } from '../agent-accounts.ts';
import type { Draft } from '../draft.ts';
import { acceptOffer, connectAgent, pendingOfferTo } from '../offers.ts';
import { queueOf } from '../queueing.ts';
import { connectedAgents } from '../session.ts';
import { withdraw } from '../withdraw.ts';
import type { Command } from './command.ts';

/**
 * An agent steps in while the service talks or the customer waits. A command, and not the agent's first word: whoever only looks on and says
 * something to a colleague must not speak to the customer by mistake.
 */
export const take: Command = {
  name: 'take',
  usage: '',
  help: 'you answer the customer from now on, also while a service still talks to them or others are asked',
  run(draft, agent, { sender }) {
    if (draft.openSession === undefined) return 'There is no open session to take.';
    const [connected] = connectedAgents(draft.session);
    if (connected !== undefined)
      return connected.agent === agent.id
        ? 'The session is yours already.'
        : 'Another agent has the session.';
    const offer = pendingOfferTo(draft, sender);
    if (offer !== undefined) {
      acceptOffer(draft, offer, sender);
      return 'The session is yours.';
    }
    const { media } = draft.session;
    const { channel: network } = draft.state.line;
    const beyond = notHandled(handledBy(agent), { network, ...(media === undefined ? {} : { media }) });
    if (beyond !== undefined) return `You do not handle ${beyond}: it is for somebody who does.`;
    if (!agent.supervisor && !hasRoom(draft, agent))
      return 'You have no capacity left for it: close another session first.';
    if (draft.session.state !== 'talking') withdraw(draft);
    connectAgent(draft, agent.id, 'you took it', sender);
    inviteOthers(draft, agent, sender);
    return 'The session is yours.';
  },
};

function hasRoom(draft: Draft, { id, capacity }: Agent): boolean {
  return loadOf(draft.workOf(id)) + queueOf(draft).weight <= capacity;
}
