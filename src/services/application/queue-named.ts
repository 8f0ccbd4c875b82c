import type { QueueId } from '../../platform/ids.ts';
import type { Tenant } from '../../directory/tenant.ts';

/** The queue of this id, else the first of this name. */
export function queueNamed({ queues }: Pick<Tenant, 'queues'>, name: string): QueueId | undefined {
  const byId = [...queues.keys()].find((id) => id === name);
  return byId ?? [...queues.values()].find((queue) => queue.name === name)?.id;
}
