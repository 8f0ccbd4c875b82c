import { z } from 'zod';
import type { MatrixEventId, MatrixRoomId, MatrixUserId } from '../../platform/ids.ts';
import { as } from '../../platform/ids.ts';

/** What homeservers push besides events; not repeated after an outage. Presence and device messages are none of ours. */
export type EphemeralEvent =
  | {
      readonly kind: 'typing';
      readonly room: MatrixRoomId;
      /** All who are typing now; who is not listed has stopped. */
      readonly users: readonly MatrixUserId[];
    }
  | {
      readonly kind: 'receipts';
      readonly room: MatrixRoomId;
      readonly receipts: readonly {
        readonly user: MatrixUserId;
        readonly event: MatrixEventId;
        /** Private ones are known to us only if they are our own users'. */
        readonly private: boolean;
        /** The thread's root; `main` for the main timeline; undefined: everything. */
        readonly thread?: string;
        readonly at?: number;
      }[];
    };

const room_id = z.string().startsWith('!').max(255);
const typing = z.object({
  type: z.literal('m.typing'),
  room_id,
  content: z.object({ user_ids: z.array(z.string().max(255)) }),
});
const marks = z.record(z.string(), z.object({ ts: z.number().optional(), thread_id: z.string().optional() }));
const receipt = z.object({
  type: z.literal('m.receipt'),
  room_id,
  content: z.record(z.string(), z.object({ 'm.read': marks.optional(), 'm.read.private': marks.optional() })),
});

/** undefined: of a kind that does not concern us, or malformed. */
export function readEphemeral(value: unknown): EphemeralEvent | undefined {
  const types = typing.safeParse(value);
  if (types.success)
    return {
      kind: 'typing',
      room: as(types.data.room_id),
      users: types.data.content.user_ids.map((user) => as<MatrixUserId>(user)),
    };
  const read = receipt.safeParse(value);
  if (!read.success) return undefined;
  return {
    kind: 'receipts',
    room: as(read.data.room_id),
    receipts: Object.entries(read.data.content).flatMap(([event, kinds]) =>
      (['m.read', 'm.read.private'] as const).flatMap((kind) =>
        Object.entries(kinds[kind] ?? {}).map(([user, { ts, thread_id }]) => ({
          user: as<MatrixUserId>(user),
          event: as<MatrixEventId>(event),
          private: kind === 'm.read.private',
          ...(thread_id === undefined ? {} : { thread: thread_id }),
          ...(ts === undefined ? {} : { at: ts }),
        })),
      ),
    ),
  };
}
