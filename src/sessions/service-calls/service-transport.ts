import { as, type InboxEntryId, type TenantId } from '../../platform/ids.ts';
import type { Accept } from '../../delivery/accept.ts';
import type { DeliveryRecord, Taken } from '../../delivery/delivery.ts';
import type { LookUp } from '../../services/instruction.ts';
import type { ApplicationAnswer, LookUpAnswer } from '../../services/programme/happenings.ts';
import type { Try } from '../applications/ask-over-http.ts';
import type { ConversationEvent, ServiceOperation } from '../conversation-event.ts';

type Request = Extract<ServiceOperation, { kind: 'application' }>;

export interface ServiceTransportOptions {
  readonly accept: Accept<ConversationEvent>;
  /** Must not throw for what the other side does. */
  readonly lookUp: (wanted: LookUp, tenant: TenantId) => Promise<LookUpAnswer>;
  /** Throws nothing for what the other side does but a DeliveryFailure that asks for a later try. */
  readonly askApplication: (tenant: TenantId, request: Request, one: Try) => Promise<ApplicationAnswer>;
}

/**
 * Asks elsewhere what a session's service wants to know. The answer is made durable as an event of the conversation before the delivery counts
 * as done; its id is the delivery's, so asking again after a crash gives no second answer.
 */
export function createServiceTransport(options: ServiceTransportOptions) {
  return async (tenant: TenantId, delivery: DeliveryRecord, operation: ServiceOperation): Promise<Taken> => {
    const event = await answerTo(options, tenant, operation, { id: delivery.id, number: delivery.attempts });
    const id = as<InboxEntryId>(`service:${delivery.id}`);
    await options.accept(tenant, [{ id, key: delivery.conversation, event }]);
    return {};
  };
}

async function answerTo(
  { lookUp, askApplication }: ServiceTransportOptions,
  tenant: TenantId,
  operation: ServiceOperation,
  one: Try,
): Promise<ConversationEvent> {
  const { session } = operation;
  if (operation.kind === 'look-up')
    return {
      type: 'looked-up',
      session,
      call: operation.call,
      answer: await lookUp(operation.lookUp, tenant),
    };
  const { call } = operation.request;
  return { type: 'application', session, call, answer: await askApplication(tenant, operation, one) };
}
