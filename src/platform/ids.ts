/**
 * Branded identifiers. Whoever is named as the maker may look inside one; everybody else treats it as opaque.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Made by the operator (config file, REST). Matches {@link tenantIdPattern}. Unique in an installation. */
export type TenantId = Branded<'TenantId'>;
/** Made by the operator. Unique within its tenant. */
export type LineId = Branded<'LineId'>;
/** Made by the operator. Unique within its tenant. */
export type AgentId = Branded<'AgentId'>;
/** Made by the operator. Unique within its tenant. */
export type QueueId = Branded<'QueueId'>;
/** Made by the operator: how sessions begin. Unique within its tenant. */
export type ServiceId = Branded<'ServiceId'>;
/** Derived from the first address of the contact. Unique within its tenant. */
export type ContactId = Branded<'ContactId'>;
/** Derived from tenant, line and address (src/directory). Unique in an installation; the inbox key. */
export type ConversationId = Branded<'ConversationId'>;
/** Derived from the inbox entry that opened the session. Unique in an installation. */
export type SessionId = Branded<'SessionId'>;
/** Unique in an installation; the outbox key: `room:<conversation>` for the Matrix room, `line:<conversation>` for a network leg. */
export type LegKey = Branded<'LegKey'>;
/** Our own name of a message, the same in every leg. Derived from the inbox entry that brought it. */
export type MessageId = Branded<'MessageId'>;
/** Derived from the inbox entry that caused it, never random: run twice, it is the same delivery. URL-safe, at most 64 characters. */
export type DeliveryId = Branded<'DeliveryId'>;
/** Derived from where the event came from (`mx:<homeserver>:<event id>`, `ch:<line>:<kind>:<hash of the native id>`, `timer:<name>`); what inbox deduplication goes by. */
export type InboxEntryId = Branded<'InboxEntryId'>;
/** A network's own name of a message (a Twilio MessageSid, a stanza id, a Matrix event id). Made and read by that network's module only. */
export type NativeMessageId = Branded<'NativeMessageId'>;
/** A network's own name of an endpoint (+15551234567, a bare JID, a browser's visitor id). Made and read by that network's module only. */
export type NativeAddress = Branded<'NativeAddress'>;
/** `@local:server` */
export type MatrixUserId = Branded<'MatrixUserId'>;
/** `!opaque:server` (room versions from 12 on have no server part) */
export type MatrixRoomId = Branded<'MatrixRoomId'>;
/** `$opaque` */
export type MatrixEventId = Branded<'MatrixEventId'>;
/** Made by the operator: the name under which a homeserver is declared in the config file. */
export type HomeserverId = Branded<'HomeserverId'>;

/** Lower-case letters, digits and hyphens, so that it can stand in a ghost's name, a path and a metric label. */
export const tenantIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

/** Gives a plain string its brand. Only where an id is made, or read back from the store or a checked input. */
export function as<Id extends string>(value: string): Id {
  return value as Id;
}
