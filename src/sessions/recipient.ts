import type { LineOperation } from './conversation-event.ts';

/** Who is meant when something that went to a line, or did not, is told of: a line may lead to an agent's endpoint as well. */
export function recipientOf({ endpoint }: Pick<LineOperation, 'endpoint'>): 'customer' | 'agent' {
  return endpoint === undefined ? 'customer' : 'agent';
}
