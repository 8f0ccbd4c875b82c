import { randomUUID } from 'node:crypto';
import { as, type TenantId } from '../../platform/ids.ts';
import type { NewEntry } from '../../delivery/delivery.ts';
import type { Directory } from '../../directory/directory.ts';
import { routingKey, type ConversationEvent } from '../conversation-event.ts';

/** Has the schedules looked at of all agents who have one; from then on timers do. */
export async function openShifts(options: {
  readonly directory: Directory;
  readonly accept: (tenant: TenantId, entries: readonly NewEntry<ConversationEvent>[]) => Promise<unknown>;
}): Promise<void> {
  for (const tenant of options.directory.tenants()) {
    const entries = [...tenant.agents.values()].flatMap(({ id: agent, schedule }) =>
      schedule === undefined
        ? []
        : [
            {
              // Each start looks anew: a schedule may be another one now.
              id: as<never>(`shift:${agent}:${randomUUID()}`),
              key: routingKey,
              event: { type: 'shift', agent } as const,
            },
          ],
    );
    if (entries.length > 0) await options.accept(tenant.id, entries);
  }
}
