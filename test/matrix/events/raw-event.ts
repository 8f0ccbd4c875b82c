import type { RawRoomEvent, RoomInput } from '../../../src/matrix/room-input.ts';
import { fromRoomEvent } from '../../../src/matrix/events/from-room-event.ts';
import { as } from '../../../src/platform/ids.ts';

export const alice = '@alice:localhost';

export function rawEvent(type: string, content: object, more: object = {}): RawRoomEvent {
  return {
    event_id: as('$event'),
    room_id: as('!room:localhost'),
    sender: as(alice),
    type,
    origin_server_ts: 1_700_000_000_000,
    content: content as RawRoomEvent['content'],
    ...more,
  };
}

export function read(raw: RawRoomEvent): RoomInput {
  return fromRoomEvent(raw, { homeserver: 'main', isOurs: (user) => user.startsWith('@_sb_') });
}

export function readMessage(content: object): RoomInput {
  return read(rawEvent('m.room.message', content));
}
