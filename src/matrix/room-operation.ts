import type {
  ContactId,
  ConversationId,
  HomeserverId,
  MatrixEventId,
  MatrixRoomId,
  MatrixUserId,
  MessageId,
  QueueId,
  TenantId,
} from '../platform/ids.ts';
import type { MediaReference, Message } from '../message/message.ts';

/**
 * What can be done on the Matrix leg of a conversation: the operations of deliveries whose key is `room:<conversation>`.
 * The room and the ghost are made when the first operation needs them. References in messages carry our MessageIds.
 */
export type RoomOperation =
  /**
   * Content, edit, retraction or reaction, as the message says, sent by the contact's ghost, by the ghost of an agent's endpoint, or by the bot
   * for what the system said to the customer.
   */
  | {
      readonly kind: 'message';
      readonly as: 'contact' | 'bot' | EndpointGhost;
      readonly messageId: MessageId;
      readonly message: Message;
      readonly at: number;
    }
  /**
   * A word of Switchboard to the agents (m.notice by the bot). In the thread of a message or event where `about` is given.
   * `mention` pings these users.
   */
  | {
      readonly kind: 'notice';
      readonly text: string;
      readonly html?: string;
      readonly about?: MessageId | MatrixEventId;
      readonly mention?: readonly MatrixUserId[];
    }
  | { readonly kind: 'invite'; readonly user: MatrixUserId; readonly reason?: string }
  /** Withdraws an invitation or ends a membership; nothing to do where there is none. */
  | { readonly kind: 'remove'; readonly user: MatrixUserId; readonly reason?: string }
  /** Read receipt: by the bot = the network accepted the message; by the ghost = the customer read it. */
  | { readonly kind: 'receipt'; readonly as: 'contact' | 'bot'; readonly about: MessageId }
  /** The ghost of an agent's endpoint joins, or leaves. */
  | { readonly kind: 'ghost'; readonly ghost: EndpointGhost; readonly isIn: boolean }
  /** Brings name, topic, avatar of room and ghost, spaces and m.bridge up to what the describer says now. */
  | { readonly kind: 'refresh' }
  /** An agent moved the room (tombstone): join the new one, invite whom the old one had, carry on there. */
  | { readonly kind: 'follow'; readonly from: MatrixRoomId; readonly to: MatrixRoomId };

/** Stands for an agent who writes from elsewhere. */
export interface EndpointGhost {
  /** Unique within the tenant; what the ghost's user id is made of. */
  readonly endpoint: ContactId;
  readonly name: string;
}

/** What the Matrix side must know of a conversation to make or refresh its room. */
export interface RoomDescription {
  readonly tenant: TenantId;
  readonly tenantName: string;
  readonly conversation: ConversationId;
  /** Absent for an agent's desk, where nobody but the agent and the bot is. */
  readonly ghost?: {
    readonly contact: ContactId;
    /** Already through the tenant's name template. */
    readonly name: string;
    readonly avatar?: MediaReference;
  };
  readonly roomName: string;
  readonly topic: string;
  /** For m.bridge. */
  readonly network?: {
    readonly channel: string;
    readonly title: string;
    readonly line: string;
    readonly address: string;
  };
  readonly queue?: { readonly id: QueueId; readonly name: string };
  /** All agents of the tenant: invited to the tenant's space, allowed to write and to redact their own. */
  readonly agents: readonly MatrixUserId[];
  /** Also allowed to invite and remove people, to redact what others wrote, and to upgrade the room. */
  readonly supervisors: readonly MatrixUserId[];
  readonly federate: boolean;
}

/** Record of a conversation's room: collection `rooms`, id = conversation. */
export interface RoomRecord {
  readonly roomId: MatrixRoomId;
  readonly homeserver: HomeserverId;
  /** Absent for an agent's desk. */
  readonly ghost?: MatrixUserId;
}
