import type { ChannelEvent } from '../../channels/channel.ts';
import type { Decision, InboxEntry } from '../../delivery/delivery.ts';
import { lineLeg } from '../../delivery/message-links.ts';
import { receiptEffect } from '../../delivery/receipts.ts';
import { conversationOf } from '../../directory/contact.ts';
import type { Tenant } from '../../directory/tenant.ts';
import { derivedId } from '../../platform/derived-id.ts';
import type { InboxEntryId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import type { ConversationEvent, ConversationOperation, DeliveryResult } from '../conversation-event.ts';
import { endpointOfKey } from './endpoint.ts';
import { EndpointDraft } from './endpoint-draft.ts';
import { onWord } from './on-word.ts';
import { fateOf } from './fate.ts';

type EndpointDecision = Decision<ConversationEvent, ConversationOperation>;

export interface EndpointOptions {
  readonly store: Store;
  readonly now: () => number;
}

const nothing: EndpointDecision = { writes: [], deliveries: [], timers: [] };

/** Decides what something at an agent's endpoint outside Matrix brings about. What is about a session, its conversation decides. */
export async function decideEndpoint(
  options: EndpointOptions,
  tenant: Tenant,
  entry: InboxEntry<ConversationEvent>,
): Promise<EndpointDecision> {
  const { event, key } = entry;
  const endpoint = endpointOfKey(tenant, key);
  if (event.type === 'at-endpoint' && endpoint === undefined) return backToCustomer(tenant, entry.id, event);
  if (endpoint === undefined) return nothing;
  const draft = await EndpointDraft.open(options, tenant, endpoint, entry.id);
  if (event.type === 'delivery') onDelivery(draft, event.result);
  if (event.type === 'at-endpoint') await onEvent(options, draft, event.event, entry.acceptedAt);
  return draft.decision();
}

/** It was taken from the agent meanwhile: whoever has it now is a customer. */
function backToCustomer(
  tenant: Tenant,
  entry: InboxEntryId,
  { line, event }: Extract<ConversationEvent, { type: 'at-endpoint' }>,
): EndpointDecision {
  const id = derivedId<InboxEntryId>('no endpoint', tenant.id, entry);
  const key = conversationOf(tenant.id, line, event.from);
  return { ...nothing, entries: [{ id, key, event: { type: 'channel', line, event, isBack: true } }] };
}

async function onEvent(
  options: EndpointOptions,
  draft: EndpointDraft,
  event: ChannelEvent,
  acceptedAt: number,
): Promise<void> {
  switch (event.kind) {
    case 'message': {
      const { via } = event.from;
      draft.change(({ via: _via, unreachable: _unreachable, unheard: _unheard, ...here }) => ({
        ...here,
        ...(via === undefined ? {} : { via }),
      }));
      await onWord(options.store, draft, event);
      return;
    }
    case 'receipt':
      await onReceipt(options.store, draft, event, acceptedAt);
      return;
    case 'consent':
      onConsent(draft, event);
      return;
    case 'ended':
      leave(draft, 'they closed the chat');
      return;
    case 'profile':
      return;
  }
}

function onConsent(draft: EndpointDraft, event: Extract<ChannelEvent, { kind: 'consent' }>): void {
  if (event.consent === 'helpAsked') return;
  draft.change(({ optedOut: _, ...here }) =>
    event.consent === 'optedOut' ? { ...here, optedOut: true } : here,
  );
  if (event.consent === 'optedOut') leave(draft, 'they want no more messages there');
}

/** Of what comes after it, nothing is about the session. */
function leave(draft: EndpointDraft, reason: string): void {
  const { engaged } = draft.here;
  if (engaged === undefined) return;
  draft.change(({ engaged: _, ...here }) => here);
  draft.tell(engaged, { what: 'left', reason });
}

async function onReceipt(
  store: Store,
  draft: EndpointDraft,
  event: Extract<ChannelEvent, { kind: 'receipt' }>,
  at: number,
): Promise<void> {
  const { target, delivery, status, andEarlier, reason } = event;
  const { writes, moved } = await receiptEffect(store, draft.tenant.id, {
    leg: lineLeg(draft.endpoint.key),
    nativeId: target,
    status,
    at,
    ...(delivery === undefined ? {} : { delivery }),
    ...(andEarlier === undefined ? {} : { andEarlier }),
    ...(reason === undefined ? {} : { reason }),
  });
  draft.write(...writes);
  if (status !== 'failed' && status !== 'unclear') return;
  for (const each of moved) {
    const { id, key, messageId, failure, operation } = each;
    onDelivery(draft, {
      id,
      key,
      status,
      operation: operation as ConversationOperation,
      ...(messageId === undefined ? {} : { messageId }),
      ...(failure === undefined ? {} : { failure }),
    });
  }
}

/** What became of something that went there. */
function onDelivery(draft: EndpointDraft, result: DeliveryResult): void {
  const fate = fateOf(result);
  if (fate === undefined) return;
  const { about, isOfferEnd, isGone, word } = fate;
  if (isOfferEnd) draft.change(({ unheard: _, ...here }) => here);
  if (isGone) draft.change((here) => ({ ...here, unreachable: true }));
  if (about !== undefined && word !== undefined) draft.tell(about, word);
}
