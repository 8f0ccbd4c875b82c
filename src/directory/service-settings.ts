import type { QueueId, ServiceId } from '../platform/ids.ts';
import type { Dialog } from './dialog.ts';

/** How the sessions of a line, or of a name, begin; data that the tenant declares. */
export type ServiceSettings = {
  /** As customers may read it. */
  readonly name?: string;
  /** Its sessions go there unless it says otherwise itself; absent: to the queue of the line. */
  readonly queue?: QueueId;
  /** The config file declares it: what it asks may be where the operator trusts servers, on private addresses too. */
  readonly ofFile?: true;
  /** Why it can ask no server: its secrets are missing. */
  readonly problem?: string;
} & (
  | { readonly kind: 'direct' }
  | ({ readonly kind: 'dialog' } & Dialog)
  | { readonly kind: 'application'; readonly application: string }
);

/** Every tenant has it: straight to the queue of the line. */
export const directService = 'direct' as ServiceId;
