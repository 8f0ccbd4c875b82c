import { z } from 'zod';
import type { Notice } from '../delivery/ownership.ts';
import { as, type ConversationId, type LegKey, type LineId, type TenantId } from '../platform/ids.ts';

const name = z.string().min(1).max(500);
const noticeSchema = z.strictObject({
  tenant: name.transform((text) => as<TenantId>(text)),
  resource: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('conversation'),
      id: name.transform((text) => as<ConversationId>(text)),
    }),
    z.strictObject({ kind: z.literal('line'), id: name.transform((text) => as<LineId>(text)) }),
  ]),
  group: z.string().max(1000),
  inbox: name.transform((text) => as<ConversationId>(text)).optional(),
  outbox: name.transform((text) => as<LegKey>(text)).optional(),
});

/** A notice as it came from another replica; undefined where it is none (a replica of another version). */
export function readNotice(text: string): Notice | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const found = noticeSchema.safeParse(json);
  if (!found.success) return undefined;
  const { inbox, outbox, ...rest } = found.data;
  return { ...rest, ...(inbox === undefined ? {} : { inbox }), ...(outbox === undefined ? {} : { outbox }) };
}
