import type { DeliveryId, MatrixEventId } from '../../platform/ids.ts';
import { createRecent } from '../recent.ts';
import type { RawRoomEvent } from '../room-input.ts';
import { deliveryMark } from './delivery-mark.ts';
import { textAt } from './fields.ts';

/** Events of our own users that the homeserver pushed back to us lately: proof that a delivery went out. */
export interface Echoes {
  /** Takes note of an event that one of our users sent. */
  note(event: RawRoomEvent): void;
  of(room: string, sender: string, delivery: DeliveryId): MatrixEventId | undefined;
}

/** Longer than what can be under way at once; an echo that is forgotten is found in the room. */
const kept = 5_000;

export function createEchoes(): Echoes {
  const events = createRecent<MatrixEventId>(kept);
  const key = (room: string, sender: string, delivery: string): string => `${room}|${sender}|${delivery}`;
  return {
    note(event) {
      const delivery = textAt(event.content, deliveryMark, 255);
      // One delivery may redact several events.
      if (delivery === undefined || event.type === 'm.room.redaction') return;
      events.set(key(event.room_id, event.sender, delivery), event.event_id);
    },
    of: (room, sender, delivery) => events.get(key(room, sender, delivery)),
  };
}
