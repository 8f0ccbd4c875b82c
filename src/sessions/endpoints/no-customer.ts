import type { ConversationEvent } from '../conversation-event.ts';
import type { ConvertedEvent } from '../conversation-state.ts';
import type { Draft } from '../draft.ts';
import { endSession } from '../end-session.ts';
import { onConsent } from '../on-customer.ts';
import { endpointAt, type Endpoint } from './endpoint.ts';

export const addressIsAgents = 'an operator: the customer’s address is an agent’s endpoint now';

/** An address that became an agent's endpoint is no customer any more: a session that is open with it ends. */
export function endSessionOfAgent(draft: Draft): void {
  const { tenant, address, lineIsGone } = draft.state;
  if (draft.openSession === undefined || address === undefined || lineIsGone) return;
  if (endpointAt(tenant, draft.conversation.line, address.value.nativeId) === undefined) return;
  endSession(draft, addressIsAgents, { tellCustomer: false, tellLine: false });
}

/** Whose endpoint something came from; undefined: from a customer. @throws while replicas do not agree on that yet: it is decided again later */
export function senderOf(draft: Draft, event: ConvertedEvent): Endpoint | undefined {
  if (event.type !== 'channel') return undefined;
  const endpoint = endpointAt(draft.state.tenant, event.line, event.event.from.id);
  if (endpoint !== undefined && event.isBack === true)
    throw new Error('another replica knows no endpoint of an agent at this address');
  return endpoint;
}

/** What an agent's endpoint sends goes to the endpoint's own decisions; the conversation of the address, if there is one, takes no part. */
export function passToEndpoint(
  draft: Draft,
  { key }: Endpoint,
  { line, event }: Extract<ConversationEvent, { type: 'channel' }>,
): void {
  // The line asks the address itself whether it may be written to.
  if (event.kind === 'consent' && draft.state.address !== undefined) onConsent(draft, event);
  draft.passOn({ id: draft.derive('at endpoint'), key, event: { type: 'at-endpoint', line, event } });
}
