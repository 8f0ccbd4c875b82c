import { z } from 'zod';
import { deepestJson, isDeeperThan } from '../../platform/read-json.ts';
import type { RawRoomEvent } from '../room-input.ts';
import { readEphemeral, type EphemeralEvent } from './ephemeral-event.ts';

/** What a homeserver pushes in one go. */
export interface Transaction {
  readonly events: readonly RawRoomEvent[];
  readonly ephemeral: readonly EphemeralEvent[];
  /** What is no event: refusing the transaction would only make the homeserver send it for ever. */
  readonly setAside: readonly { readonly index: number; readonly reason: string }[];
}

const object = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'expected an object',
);
// Lengths: specification, Client-Server API, Size limits.
const event = z.object({
  event_id: z.string().startsWith('$').max(255),
  room_id: z.string().startsWith('!').max(255),
  sender: z.string().startsWith('@').max(255),
  type: z.string().min(1).max(255),
  state_key: z.string().max(255).optional(),
  origin_server_ts: z.number().nonnegative(),
  content: object,
  redacts: z.string().max(255).optional(),
  unsigned: object.optional(),
});
const transaction = z.object({
  events: z.array(z.unknown()).optional(),
  ephemeral: z.array(z.unknown()).optional(),
  'de.sorunome.msc2409.ephemeral': z.array(z.unknown()).optional(),
});

/** undefined: the body is no transaction at all. */
export function readTransaction(body: unknown): Transaction | undefined {
  const checked = transaction.safeParse(body);
  if (!checked.success) return undefined;
  const events: RawRoomEvent[] = [];
  const setAside: { index: number; reason: string }[] = [];
  checked.data.events?.forEach((value, index) => {
    const reason = isDeeperThan(value, deepestJson) ? `nested deeper than ${deepestJson}` : undefined;
    const read = reason === undefined ? event.safeParse(value) : undefined;
    // The schema's strings are what the brands mean.
    if (read?.success === true) events.push(read.data as unknown as RawRoomEvent);
    else setAside.push({ index, reason: reason ?? complaints(read?.error) });
  });
  // Homeservers send the stable key, the unstable one, or both with the same content.
  const pushed = checked.data.ephemeral ?? checked.data['de.sorunome.msc2409.ephemeral'] ?? [];
  const ephemeral = pushed.flatMap((value) => {
    const read = isDeeperThan(value, deepestJson) ? undefined : readEphemeral(value);
    return read === undefined ? [] : [read];
  });
  return { events, ephemeral, setAside };
}

/** Names the fields, never their values. */
function complaints(error: z.ZodError | undefined): string {
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.code}`).join(', ');
}
