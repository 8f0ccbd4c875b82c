import { retryOf } from '../../delivery/retry-of.ts';
import { isConnected } from '../session.ts';
import type { Command } from './command.ts';

export const retry: Command = {
  name: 'retry',
  usage: '',
  help: 'sends again what did not reach the customer: the message that you reply to, else the last one',
  run(draft, agent, input) {
    if (!agent.supervisor && (draft.openSession === undefined || !isConnected(draft.session, input.sender))) {
      return 'Only an agent who is connected to the session, or a supervisor, can send again.';
    }
    if (draft.address.consent?.state === 'optedOut')
      return 'Not sent: the customer has opted out of messages.';
    const { undelivered, referred } = draft.state;
    const wanted =
      input.replyTo === undefined ? undelivered.at(-1)?.messageId : referred.get(input.replyTo)?.id;
    const again = undelivered.filter(({ messageId }) => wanted !== undefined && messageId === wanted);
    if (again.length === 0) {
      return input.replyTo === undefined
        ? 'Nothing is undelivered.'
        : 'That message is not undelivered: there is nothing to send again.';
    }
    for (const delivery of again) draft.redeliver(retryOf(delivery));
    return 'Sending again.';
  },
};
