import type { MatrixEventId, MatrixRoomId, MatrixUserId } from '../platform/ids.ts';
import type { Message } from '../message/message.ts';

/** A client event as the homeserver pushes it (schema-checked, size-limited), kept raw in the inbox and converted when its turn comes. */
export interface RawRoomEvent {
  readonly event_id: MatrixEventId;
  readonly room_id: MatrixRoomId;
  readonly sender: MatrixUserId;
  readonly type: string;
  readonly state_key?: string;
  readonly origin_server_ts: number;
  readonly content: Readonly<Record<string, unknown>>;
  readonly redacts?: string;
  readonly unsigned?: Readonly<Record<string, unknown>>;
}

/** What an event in a conversation's room means. References inside messages carry Matrix event ids. */
export type RoomInput =
  | {
      readonly kind: 'message';
      readonly sender: MatrixUserId;
      readonly eventId: MatrixEventId;
      readonly at: number;
      readonly message: Message;
      /** The event at which the thread begins in which it was said; empty for a thread without a usable beginning. */
      readonly thread?: string;
    }
  /** A message that begins with `!`. Never relayed, known or not. `!!` at the start is text that begins with one `!`. */
  | {
      readonly kind: 'command';
      readonly sender: MatrixUserId;
      readonly eventId: MatrixEventId;
      readonly at: number;
      /** Lower case, without `!`. */
      readonly name: string;
      readonly argument: string;
      readonly replyTo?: MatrixEventId;
      /** The event at which the thread begins in which it was written. */
      readonly thread?: MatrixEventId;
    }
  | {
      readonly kind: 'membership';
      readonly sender: MatrixUserId;
      readonly eventId: MatrixEventId;
      readonly at: number;
      readonly user: MatrixUserId;
      readonly membership: 'invite' | 'join' | 'leave' | 'ban' | 'knock';
      readonly before?: 'invite' | 'join' | 'leave' | 'ban' | 'knock';
      readonly reason?: string;
    }
  | {
      readonly kind: 'undecryptable';
      readonly sender: MatrixUserId;
      readonly eventId: MatrixEventId;
      readonly at: number;
    }
  | {
      readonly kind: 'upgraded';
      readonly sender: MatrixUserId;
      readonly eventId: MatrixEventId;
      readonly at: number;
      readonly replacement: MatrixRoomId;
    }
  /** Of no concern to the conversation (a notice, state that nobody needs, an unknown type): not relayed. */
  | {
      readonly kind: 'other';
      readonly sender: MatrixUserId;
      readonly eventId: MatrixEventId;
      readonly at: number;
      readonly what: string;
    };
