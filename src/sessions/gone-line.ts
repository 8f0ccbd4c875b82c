import { as, type LineId, type QueueId } from '../platform/ids.ts';
import type { LineSettings, Tenant } from '../directory/tenant.ts';
import type { Capabilities } from '../message/capabilities.ts';

/**
 * What stands for a line that the tenant had once: enough to go on deciding about conversations on it, so that its sessions can be
 * ended and their agents are free again. Nothing goes out on it.
 */
export function goneLine(tenant: Tenant, id: LineId, channel: string): LineSettings {
  const [queue = as<QueueId>('')] = tenant.queues.keys();
  return { id, channel, displayName: tenant.name, queue, onUnclear: 'ask', parameters: {} };
}

export const goneLineCapabilities: Capabilities = {
  text: { maxLength: 1, unit: 'characters' },
  formatting: 'plain',
  media: {},
  location: false,
  contact: false,
  reply: false,
  edit: false,
  retract: false,
  react: false,
  choice: false,
  template: false,
  page: false,
  typing: { in: false, out: false },
  receipts: { delivered: false, read: false, markRead: false },
  startConversation: false,
  manyCorrespondents: false,
  resend: 'unclear',
};
