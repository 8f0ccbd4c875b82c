import type { DeliveryId, MatrixEventId, MatrixUserId } from '../../platform/ids.ts';
import { deliveryMark } from './delivery-mark.ts';
import type { RoomEvent } from './to-room-event.ts';

/** A word of Switchboard to the agents: an `m.notice`, which clients do not answer and we never relay. */
export function noticeEvent(notice: {
  readonly text: string;
  readonly html?: string;
  readonly mention?: readonly MatrixUserId[];
  /** The root of the thread to speak in, and the event that it is about. */
  readonly thread?: { readonly root: MatrixEventId; readonly about: MatrixEventId };
  readonly delivery: DeliveryId;
}): RoomEvent {
  const { thread, mention } = notice;
  return {
    type: 'm.room.message',
    content: {
      msgtype: 'm.notice',
      body: notice.text,
      ...(notice.html === undefined ? {} : { format: 'org.matrix.custom.html', formatted_body: notice.html }),
      'm.mentions': mention === undefined || mention.length === 0 ? {} : { user_ids: mention },
      ...(thread === undefined
        ? {}
        : {
            'm.relates_to': {
              rel_type: 'm.thread',
              event_id: thread.root,
              is_falling_back: true,
              'm.in_reply_to': { event_id: thread.about },
            },
          }),
      [deliveryMark]: notice.delivery,
    },
  };
}
