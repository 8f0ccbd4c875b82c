import { as, type MatrixUserId } from '../../platform/ids.ts';
import type { RawRoomEvent } from '../room-input.ts';
import { fieldsAt, textAt, type Fields } from './fields.ts';

const memberships = ['invite', 'join', 'leave', 'ban', 'knock'] as const;
export type Membership = (typeof memberships)[number];

export interface MembershipChange {
  readonly user: MatrixUserId;
  readonly membership: Membership;
  /** Where the homeserver says what was before; a changed name or picture has `join` twice. */
  readonly before?: Membership;
  readonly reason?: string;
}

/** What an `m.room.member` event changes; undefined where it is not of that form. */
export function membershipOf(raw: RawRoomEvent): MembershipChange | undefined {
  const membership = membershipAt(raw.content);
  if (raw.state_key?.startsWith('@') !== true || membership === undefined) return undefined;
  const before = membershipAt(fieldsAt(raw.unsigned, 'prev_content'));
  const reason = textAt(raw.content, 'reason', 2000);
  return {
    user: as<MatrixUserId>(raw.state_key),
    membership,
    ...(before === undefined ? {} : { before }),
    ...(reason === undefined || reason === '' ? {} : { reason }),
  };
}

function membershipAt(content: Fields | undefined): Membership | undefined {
  const said = textAt(content, 'membership', 16);
  return memberships.find((known) => known === said);
}
