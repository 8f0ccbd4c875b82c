import { z } from 'zod';
import { answerSchema } from './answer-schema.ts';

/** JSON Schema of what an application answers, for those who write one. */
export function applicationAnswerJsonSchema(): string {
  const schema = z.toJSONSchema(answerSchema, { io: 'input' });
  return `${JSON.stringify({ title: 'Answer of an application to Switchboard', ...schema }, null, 2)}\n`;
}
