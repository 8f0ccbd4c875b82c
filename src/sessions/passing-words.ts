import { z } from 'zod';
import {
  as,
  type ConversationId,
  type MatrixEventId,
  type MatrixUserId,
  type TenantId,
} from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { Signals } from '../store/signals.ts';

/** What an agent does that comes and goes, for the replica that has the line's connection: typing, or having read up to an event. */
export interface PassingWord {
  readonly tenant: TenantId;
  readonly conversation: ConversationId;
  readonly user: MatrixUserId;
  readonly typing?: boolean;
  readonly upTo?: MatrixEventId;
}

const channel = 'switchboard_passing';
const text = z.string().min(1).max(500);
const wordSchema = z.strictObject({
  tenant: text.transform((value) => as<TenantId>(value)),
  conversation: text.transform((value) => as<ConversationId>(value)),
  user: text.transform((value) => as<MatrixUserId>(value)),
  typing: z.boolean().optional(),
  upTo: text.transform((value) => as<MatrixEventId>(value)).optional(),
});

export function tellPassing(signals: Signals, logger: Logger, word: PassingWord): void {
  signals.send(channel, JSON.stringify(word)).catch((error: unknown) => {
    logger.debug({ reason: String(error) }, 'typing or a read mark could not be passed to another replica');
  });
}

export function hearPassing(signals: Signals, hear: (word: PassingWord) => void): void {
  signals.listen(channel, (line) => {
    const { typing, upTo, ...rest } = wordSchema.parse(JSON.parse(line));
    hear({ ...rest, ...(typing === undefined ? {} : { typing }), ...(upTo === undefined ? {} : { upTo }) });
  });
}
