import type { MatrixRoomId } from '../../platform/ids.ts';
import type { RoomCalls } from './room-calls.ts';
import { ownKey, type StateWish } from './state-wish.ts';

/** Sends state events of a room and of the spaces that show it, in order. @throws {MatrixError} at the first that is refused */
export async function tellState(
  calls: RoomCalls,
  room: MatrixRoomId,
  wishes: readonly StateWish[],
): Promise<void> {
  for (const wish of wishes) {
    const target = wish.room === 'own' ? room : wish.room;
    await calls.setState(target, wish.type, wish.stateKey === ownKey ? room : wish.stateKey, wish.content);
  }
}
