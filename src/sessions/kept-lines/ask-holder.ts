import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import { as, type LineId, type TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { parseJson } from '../../platform/parse-json.ts';
import type { Signals } from '../../store/signals.ts';
import type { Verification } from './line-desk.ts';

/** Asks the replica that has a line's connection, and answers what others ask of ours. */
export interface HolderQuestions {
  /** What its network says to it; undefined where nobody says that the line is theirs. */
  ask(tenant: TenantId, line: LineId): Promise<Verification | undefined>;
  close(): void;
}

const questions = 'switchboard_verify';
const answers = 'switchboard_verified';
/** Longer than a line takes to say so that is just being connected (XMPP: five seconds). */
const withinMs = 8_000;
/** A word between replicas has 7,000 bytes. */
const mostProblems = 10;
const longestProblem = 150;

const name = z.string().min(1).max(500);
const questionSchema = z.strictObject({
  id: z.string().max(50),
  tenant: name.transform((text) => as<TenantId>(text)),
  line: name.transform((text) => as<LineId>(text)),
});
const answerSchema = z.strictObject({
  id: z.string().max(50),
  outcome: z.enum(['ok', 'refused', 'nothingToAsk']),
  problems: z.array(z.string().max(1000)).max(mostProblems),
});

export function createHolderQuestions(options: {
  readonly signals: Signals;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Undefined where the line's connection is not ours. */
  readonly verify: (tenant: TenantId, line: LineId) => Promise<Verification | undefined>;
}): HolderQuestions {
  const { signals, clock, logger } = options;
  const waiting = new Map<string, (answer: Verification | undefined) => void>();

  const answer = async (text: string): Promise<void> => {
    const { id, tenant, line } = questionSchema.parse(JSON.parse(text));
    const found = await options.verify(tenant, line);
    if (found === undefined) return;
    const problems = found.problems.slice(0, mostProblems).map((each) => each.slice(0, longestProblem));
    await signals.send(answers, JSON.stringify({ id, outcome: found.outcome, problems }));
  };
  const deafen = [
    signals.listen(questions, (text) => {
      answer(text).catch((error: unknown) => {
        logger.debug({ err: error }, 'another replica asked about a line and got no answer');
      });
    }),
    signals.listen(answers, (text) => {
      const read = answerSchema.safeParse(parseJson(text));
      if (!read.success) return;
      const { id, ...found } = read.data;
      waiting.get(id)?.(found);
    }),
  ];

  return {
    async ask(tenant, line) {
      const id = randomBytes(12).toString('base64url');
      const { promise, resolve } = Promise.withResolvers<Verification | undefined>();
      waiting.set(id, resolve);
      const cancel = clock.after(withinMs, () => resolve(undefined));
      try {
        await signals.send(questions, JSON.stringify({ id, tenant, line }));
        return await promise;
      } catch (error) {
        logger.debug({ tenant, line, err: error }, 'the replica that has a line could not be asked');
        return undefined;
      } finally {
        cancel();
        waiting.delete(id);
      }
    },
    close() {
      for (const stop of deafen) stop();
      for (const resolve of waiting.values()) resolve(undefined);
    },
  };
}
