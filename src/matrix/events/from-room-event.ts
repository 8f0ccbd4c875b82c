import { as, type MatrixEventId, type MatrixRoomId, type MatrixUserId } from '../../platform/ids.ts';
import type { Content, Message } from '../../message/message.ts';
import type { RawRoomEvent, RoomInput } from '../room-input.ts';
import { contentOf, stickerOf } from './content-from-event.ts';
import { eventIdAt, fieldsAt, textAt, type Fields } from './fields.ts';
import { membershipOf } from './membership.ts';
import { readWords } from './read-words.ts';
import { relationsOf } from './relations.ts';

export interface RoomEventContext {
  /** The name under which the homeserver is declared; goes into references to its media. */
  readonly homeserver: string;
  /** Whether a user is the bot or one of the ghosts. */
  readonly isOurs: (user: MatrixUserId) => boolean;
}

/**
 * What an event in a conversation's room means. Pure and total: whatever content a member sends, it never throws. Fails closed:
 * what is not certainly a person's message is `other`, and what looks like a command in any place is a command.
 */
export function fromRoomEvent(raw: RawRoomEvent, context: RoomEventContext): RoomInput {
  const { sender, event_id: eventId, origin_server_ts: at } = raw;
  const origin = { sender, eventId, at };
  const other = (what: string): RoomInput => ({ kind: 'other', ...origin, what });
  if (context.isOurs(sender) && raw.type !== 'm.room.member') return other('our own');

  switch (raw.type) {
    case 'm.room.message':
      return raw.state_key === undefined
        ? fromMessage(raw.content, context, origin)
        : other('state that looks like a message');
    case 'm.sticker':
      return fromContent(stickerOf(raw.content, context.homeserver), relationsOf(raw.content), origin);
    case 'm.reaction': {
      const { annotates } = relationsOf(raw.content);
      // Custom pictures as reactions are known to the homeserver only.
      if (annotates === undefined || annotates.key.trim() === '' || annotates.key.startsWith('mxc:')) {
        return other('reaction without a target or an emoji');
      }
      return {
        kind: 'message',
        ...origin,
        message: { reactsTo: { id: annotates.event, emoji: annotates.key } },
      };
    }
    case 'm.room.redaction': {
      // Room versions from 11 on have the target in the content; homeservers may repeat it outside.
      const target = eventIdAt(raw.content, 'redacts') ?? eventIdAt({ redacts: raw.redacts }, 'redacts');
      return target === undefined
        ? other('redaction without a target')
        : { kind: 'message', ...origin, message: { retracts: { id: target } } };
    }
    case 'm.room.encrypted':
      return { kind: 'undecryptable', ...origin };
    case 'm.room.member': {
      const change = membershipOf(raw);
      return change === undefined
        ? other('malformed membership')
        : { kind: 'membership', ...origin, ...change };
    }
    case 'm.room.tombstone': {
      const replacement = textAt(raw.content, 'replacement_room', 255);
      return raw.state_key === '' && replacement?.startsWith('!') === true
        ? { kind: 'upgraded', ...origin, replacement: as<MatrixRoomId>(replacement) }
        : other('tombstone without a replacement');
    }
    case 'm.poll.start':
    case 'org.matrix.msc3381.poll.start':
      return fromContent({ kind: 'unsupported', description: 'a poll' }, {}, origin);
    default:
      return other(raw.type.slice(0, 255));
  }
}

interface Origin {
  readonly sender: MatrixUserId;
  readonly eventId: MatrixEventId;
  readonly at: number;
}

function fromMessage(content: Fields, context: RoomEventContext, origin: Origin): RoomInput {
  const { replaces, replyTo, thread } = relationsOf(content);
  if (replaces === undefined) {
    const isReply = fieldsAt(fieldsAt(content, 'm.relates_to'), 'm.in_reply_to') !== undefined;
    const said = contentOf(content, { homeserver: context.homeserver, isReply });
    const relations = {
      ...(replyTo === undefined ? {} : { replyTo }),
      ...(thread === undefined ? {} : { thread }),
    };
    return fromContent(said, relations, origin);
  }
  const replacement = fieldsAt(content, 'm.new_content');
  if (replacement === undefined) return { kind: 'other', ...origin, what: 'edit without new content' };
  // The target may have been a reply, whose fallback some clients repeat in the edit.
  const said = contentOf(replacement, { homeserver: context.homeserver, isReply: true });
  return fromContent(said, { replaces }, origin);
}

function fromContent(
  said: Content | string,
  relations: { readonly replyTo?: string; readonly replaces?: string; readonly thread?: string },
  origin: Origin,
): RoomInput {
  if (typeof said === 'string') return { kind: 'other', ...origin, what: said };
  const { replyTo, replaces, thread } = relations;
  const read = readWords(said);
  if ('command' in read) {
    return {
      kind: 'command',
      ...origin,
      ...read.command,
      ...(replyTo === undefined ? {} : { replyTo: as<MatrixEventId>(replyTo) }),
      ...(thread === undefined || thread === '' ? {} : { thread: as<MatrixEventId>(thread) }),
    };
  }
  const message: Message = {
    content: read.content,
    ...(replyTo === undefined ? {} : { replyTo: { id: replyTo } }),
    ...(replaces === undefined ? {} : { edits: { id: replaces } }),
  };
  return { kind: 'message', ...origin, message, ...(thread === undefined ? {} : { thread }) };
}
