import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { OtherConnections } from '../channels/channel.ts';
import { derivedId } from '../platform/derived-id.ts';
import type { LineId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { Signals } from '../store/signals.ts';

/** Where this process is the only one. */
export const noOthers: OtherConnections & { close(): void } = {
  tell: () => undefined,
  hear: () => undefined,
  close: () => undefined,
};

const wordSchema = z.strictObject({ from: z.string().max(50), text: z.string() });

/** The same line's connections in other replicas, over the signals that the store carries. */
export function createOtherConnections(
  signals: Signals,
  logger: Logger,
  tenant: TenantId,
  line: LineId,
): OtherConnections & { close(): void } {
  const channel = `switchboard_line_${derivedId('line', tenant, line)}`;
  const me = randomBytes(9).toString('base64url');
  const deafen: (() => void)[] = [];
  return {
    tell(text) {
      signals.send(channel, JSON.stringify({ from: me, text })).catch((error: unknown) => {
        logger.debug(
          { tenant, line, reason: String(error) },
          'other replicas could not be told of something that passes',
        );
      });
    },
    hear(listener) {
      deafen.push(
        signals.listen(channel, (word) => {
          const { from, text } = wordSchema.parse(JSON.parse(word));
          if (from !== me) listener(text);
        }),
      );
    },
    close() {
      for (const one of deafen.splice(0)) one();
    },
  };
}
