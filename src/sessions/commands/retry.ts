import type { DeliveryRecord } from '../../delivery/delivery.ts';
import { retryOf } from '../../delivery/retry-of.ts';
import type { ConversationOperation } from '../conversation-event.ts';
import { isConnected } from '../session.ts';
import type { Command } from './command.ts';

type Undelivered = DeliveryRecord<ConversationOperation>;

export const retry: Command = {
  name: 'retry',
  usage: '',
  help: 'sends again what did not reach the customer, or an agent outside Matrix (the message that you reply to, else the last one), or shows again what could not be shown here',
  run(draft, agent, input) {
    if (!agent.supervisor && (draft.openSession === undefined || !isConnected(draft.session, agent))) {
      return 'Only an agent who is connected to the session, or a supervisor, can send again.';
    }
    const { undelivered, referred } = draft.state;
    const again =
      input.replyTo === undefined
        ? lastOf(undelivered)
        : undelivered.filter(isOf(referred.get(input.replyTo)?.id));
    const [first] = again;
    if (first === undefined) {
      return input.replyTo === undefined
        ? 'Nothing is undelivered.'
        : 'That message is not undelivered: there is nothing to send again.';
    }
    const optedOut = draft.address.consent?.state === 'optedOut';
    const wanted = optedOut ? again.filter((delivery) => !isToCustomer(delivery)) : again;
    if (wanted.length === 0) return 'Not sent: the customer has opted out of messages.';
    for (const delivery of wanted) draft.redeliver(retryOf(delivery));
    return first.operation.on === 'line' ? 'Sending again.' : 'Showing again what could not be shown here.';
  },
};

/**
 * All parts of the last message that did not reach the customer, or an agent outside Matrix; or, where something could not be shown in the room since then,
 * all of that, so that it appears in the order in which it was said.
 */
function lastOf(undelivered: readonly Undelivered[]): readonly Undelivered[] {
  const last = undelivered.at(-1);
  if (last === undefined) return [];
  return last.operation.on === 'line'
    ? undelivered.filter(isOf(last.messageId))
    : undelivered.filter(({ operation }) => operation.on === 'room');
}

function isToCustomer({ operation }: Undelivered): boolean {
  return operation.on === 'line' && operation.operation.endpoint === undefined;
}

function isOf(message: string | undefined): (delivery: Undelivered) => boolean {
  return ({ messageId, operation }) =>
    message !== undefined && messageId === message && operation.on === 'line';
}
