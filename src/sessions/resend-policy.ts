import type { TenantId } from '../platform/ids.ts';
import { findChannelModule } from '../channels/registry.ts';
import type { DeliveryRecord, ResendPolicy } from '../delivery/delivery.ts';
import type { Directory } from '../directory/directory.ts';
import type { ConversationOperation } from './conversation-event.ts';

/** The room recognises a delivery by its id; a line does if its network says so, else its own policy decides. */
export function createResendPolicy(directory: Directory) {
  return async (
    tenant: TenantId,
    { operation }: DeliveryRecord<ConversationOperation>,
  ): Promise<ResendPolicy> => {
    if (operation.on !== 'line' || operation.operation.kind === 'session') return 'safe';
    const line = directory.tenant(tenant)?.lines.get(operation.operation.line);
    if (line === undefined) return 'ask';
    const module = findChannelModule(line.channel);
    return module?.capabilities(line.parameters).resend === 'safe' ? 'safe' : line.onUnclear;
  };
}
