import type { Taken } from '../../delivery/delivery.ts';
import type { TenantId } from '../../platform/ids.ts';
import { followUpgrade } from '../rooms/follow-upgrade.ts';
import type { OperationContext, RoomDelivery } from './context.ts';
import { deliveryFailureOf } from './delivery-failure.ts';
import { markRead } from './mark-read.ts';
import { invite, remove } from './membership.ts';
import { sendMessage, type MessageOperation } from './send-message.ts';
import { sendNotice } from './send-notice.ts';
import { showGhost } from './show-ghost.ts';
import { removeReaction, retract } from './take-back.ts';

/** Carries out one operation on a conversation's room. Idempotent by delivery id. @throws {DeliveryFailure} */
export async function carryOut(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
): Promise<Taken> {
  try {
    return await dispatch(context, tenant, delivery);
  } catch (error) {
    throw deliveryFailureOf(error);
  }
}

async function dispatch(context: OperationContext, tenant: TenantId, delivery: RoomDelivery): Promise<Taken> {
  const { operation, conversation } = delivery;
  switch (operation.kind) {
    case 'message':
      return say(context, tenant, delivery, operation);
    case 'notice':
      return sendNotice(context, tenant, delivery, operation);
    case 'invite':
      return invite(context, tenant, delivery, operation);
    case 'remove':
      return remove(context, tenant, delivery, operation);
    case 'ghost':
      return showGhost(context, tenant, delivery, operation);
    case 'receipt':
      return markRead(context, tenant, delivery, operation);
    case 'refresh':
      await context.rooms.refresh(tenant, conversation);
      return {};
    case 'follow':
      await followUpgrade(context, tenant, conversation, { ...operation, attempts: delivery.attempts });
      return {};
  }
}

async function say(
  context: OperationContext,
  tenant: TenantId,
  delivery: RoomDelivery,
  operation: MessageOperation,
): Promise<Taken> {
  const { retracts, reactsTo } = operation.message;
  if (retracts !== undefined) return retract(context, tenant, delivery, operation, retracts.id);
  if (reactsTo?.removed === true) return removeReaction(context, tenant, delivery, operation, reactsTo);
  return sendMessage(context, tenant, delivery, operation);
}
