import { randomUUID } from 'node:crypto';
import type { LineState } from '../channels/channel.ts';
import type { Accept } from '../delivery/accept.ts';
import type { DeliveryRecord } from '../delivery/delivery.ts';
import type { Directory } from '../directory/directory.ts';
import { isShared } from '../directory/shared-tenant.ts';
import type { LineSettings } from '../directory/tenant.ts';
import type { Clock } from '../platform/clock.ts';
import { as, type InboxEntryId, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { ConversationEvent, ConversationOperation } from './conversation-event.ts';
import { eventsKey } from './events/happening.ts';

export interface LineStatesParts {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accept: Accept<ConversationEvent>;
  /** Whether anybody listens to a tenant's events. */
  readonly isTold: (tenant: TenantId) => boolean;
  /** See `Delivery.hurry`. */
  readonly hurry: (
    tenant: TenantId,
    which: (delivery: DeliveryRecord<ConversationOperation>) => boolean,
  ) => void;
}

/** What follows from another state of a line: it is logged, told as an event, and what waited for the line goes out once it is connected. */
export function createLineStates({ directory, clock, logger, accept, isTold, hurry }: LineStatesParts) {
  const tell = (tenant: TenantId, { id: line, channel }: LineSettings, state: LineState): void => {
    const data = { line, channel, state: state.state };
    const happening = { id: randomUUID(), type: 'line.state' as const, at: clock.now(), data };
    const id = as<InboxEntryId>(`line-state:${happening.id}`);
    const entry = { id, key: eventsKey, event: { type: 'happened' as const, happenings: [happening] } };
    accept(tenant, [entry]).catch((error: unknown) => {
      logger.warn({ tenant, line, err: error }, 'nobody could be told of the state of a line');
    });
  };

  return (tenant: TenantId, line: LineSettings, state: LineState): void => {
    log(logger.child({ tenant, line: line.id }), state);
    if (isTold(tenant)) tell(tenant, line, state);
    if (state.state !== 'connected') return;
    const users = isShared(tenant) ? directory.tenants().filter(({ lines }) => lines.has(line.id)) : [];
    for (const id of [tenant, ...users.map((user) => user.id)])
      hurry(id, ({ operation }) => operation.on === 'line' && operation.operation.line === line.id);
  };
}

function log(logger: Logger, state: LineState): void {
  if (state.state === 'connected') logger.info({}, 'the line is connected');
  else if (state.state !== 'connecting')
    logger.warn({ state: state.state, reason: state.reason }, 'the line is not connected');
}
