import type { DeliveryId, MatrixEventId, MatrixUserId } from '../../platform/ids.ts';
import { deliveryMark } from '../events/delivery-mark.ts';
import { textAt } from '../events/fields.ts';
import type { RoomRecord } from '../room-operation.ts';
import type { OperationContext } from './context.ts';

const eventsInPage = 50;
/** So many events of ours without a mark (state, joins) in a row there never are; what lies behind them is not looked at. */
const mostPages = 20;

/**
 * The event of a delivery, where an earlier attempt put it into the room. Deliveries of a room go out one after the other, so it is
 * enough to read back to the newest event of ours that has a mark: it is this one, or an older one, behind which this one cannot be.
 * @throws {MatrixError}
 */
export async function findEcho(
  context: OperationContext,
  room: RoomRecord,
  actAs: MatrixUserId | undefined,
  delivery: DeliveryId,
): Promise<MatrixEventId | undefined> {
  const { names, calls, echoes } = context;
  const sender = actAs ?? names.bot;
  const pushed = echoes.of(room.roomId, sender, delivery);
  if (pushed !== undefined) return pushed;
  let from: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const { events, next } = await calls.backwards(room.roomId, {
      senders: [names.bot, ...(room.ghost === undefined ? [] : [room.ghost])],
      limit: eventsInPage,
      from,
      actAs,
    });
    for (const event of events) {
      const mark = textAt(event.content, deliveryMark, 255);
      if (mark === delivery && event.type !== 'm.room.redaction') return event.event_id;
      if (mark !== undefined && mark !== delivery) return undefined;
    }
    if (next === undefined || next === from) return undefined;
    from = next;
  }
  return undefined;
}
