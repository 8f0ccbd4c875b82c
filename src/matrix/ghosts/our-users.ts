import { createHash } from 'node:crypto';
import { derivedId } from '../../platform/derived-id.ts';
import {
  as,
  type ContactId,
  type ConversationId,
  type MatrixUserId,
  type TenantId,
} from '../../platform/ids.ts';
import type { HomeserverSettings } from '../matrix-side.ts';

/** How our users and aliases on one homeserver are called. */
export interface OurNames {
  readonly bot: MatrixUserId;
  /** Whether a user is the bot or in the namespace of the ghosts. */
  isOurs(user: string): boolean;
  /** The ghost of a contact. Of two tenants, the same contact has two. */
  ghostOf(tenant: TenantId, contact: ContactId): MatrixUserId;
  /** Localpart of the alias by which a conversation's room is found again. */
  roomAlias(tenant: TenantId, conversation: ConversationId): string;
  /** Localpart of the alias of a tenant's space, or of the space of one of its queues. */
  spaceAlias(tenant: TenantId, queue?: string): string;
  /** `#localpart:domain` */
  fullAlias(localpart: string): string;
}

/**
 * Localparts may hold only a-z, 0-9 and `._=-/+`, so what distinguishes contacts is lower-case hex: 128 bits of a hash, which also
 * keeps phone numbers out of user ids. No tenant name contains `_`, so it ends the tenant's part.
 */
export function ourNames(settings: Pick<HomeserverSettings, 'domain' | 'registration'>): OurNames {
  const { domain, registration } = settings;
  const { prefix, senderLocalpart } = registration;
  const bot = `@${senderLocalpart}:${domain}`;
  const ghosts = `@${prefix}`;
  const atDomain = `:${domain}`;
  return {
    bot: as(bot),
    isOurs: (user) => user === bot || (user.startsWith(ghosts) && user.endsWith(atDomain)),
    ghostOf: (tenant, contact) => as(`${ghosts}${tenant}_${hex('ghost', tenant, contact)}${atDomain}`),
    roomAlias: (tenant, conversation) => `${prefix}${tenant}_${hex('room', tenant, conversation)}`,
    spaceAlias: (tenant, queue) =>
      queue === undefined ? `${prefix}${tenant}_space` : `${prefix}${tenant}_${hex('queue', tenant, queue)}`,
    fullAlias: (localpart) => `#${localpart}${atDomain}`,
  };
}

function hex(...parts: readonly string[]): string {
  return createHash('sha256')
    .update(derivedId(...parts))
    .digest('hex')
    .slice(0, 32);
}
