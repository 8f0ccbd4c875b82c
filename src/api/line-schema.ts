import { z } from 'zod';
import { next, time } from './answer-schemas.ts';

const state = z.object({
  state: z.enum([
    'connecting',
    'connected',
    'disconnected',
    'unauthorised',
    'elsewhere',
    'notOpen',
    'unusable',
  ]),
  reason: z.string().optional(),
});

export const lineAnswer = z
  .object({
    id: z.string(),
    source: z
      .enum(['file', 'rest'])
      .meta({ description: '`file`: declared in the config file, and changed there.' }),
    channel: z.string(),
    name: z.string(),
    queue: z.string(),
    service: z.string().optional(),
    onUnclear: z.enum(['ask', 'resend']),
    sendLimits: z.looseObject({}).optional().meta({ description: 'What may go out, where it was said.' }),
    parameters: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'By channel; secrets as `[set]`. Absent where they cannot be decrypted.' }),
    secrets: z
      .array(z.object({ path: z.string(), changedAt: time }))
      .optional()
      .meta({ description: 'Which are set, and since when.' }),
    formerSecretsUntil: time
      .optional()
      .meta({ description: 'Until when signatures of the secrets before the last change are taken.' }),
    createdAt: time.optional(),
    changedAt: time.optional(),
    state: state.meta({ description: 'Of its connection, in the process that answers.' }),
    url: z.string().meta({ description: 'Where its network reaches it.' }),
  })
  .meta({ id: 'Line' });

/** A line that tenants share. */
export const sharedLineAnswer = lineAnswer
  .omit({ queue: true })
  .extend({
    texts: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'What customers are asked while it is not known whom they write to.' }),
    textsIn: z
      .record(z.string(), z.record(z.string(), z.string()))
      .optional()
      .meta({ description: 'The same in other languages.' }),
    sharedBy: z.array(z.string()).meta({ description: 'Tenants that share it.' }),
  })
  .meta({ id: 'SharedLine' });
export const sharedLinesAnswer = z.object({ lines: z.array(sharedLineAnswer), next });

export const linesAnswer = z.object({ lines: z.array(lineAnswer), next });

export const verificationAnswer = z
  .object({
    outcome: z.enum(['ok', 'refused', 'nothingToAsk', 'elsewhere', 'notOpen']),
    problems: z.array(z.string()),
  })
  .meta({ id: 'LineVerification' });

export const tagHeader = {
  etag: 'Changes with the line; for `If-Match`. Absent for one of the config file.',
};

const ifMatch = {
  description: 'Only where it is still this one: its `ETag`, or `*` for any.',
  schema: z.string().optional(),
};
export const conditionHeaders = {
  'if-match': ifMatch,
  'if-none-match': {
    description: '`*`: only where there is none yet.',
    schema: z.literal('*').optional(),
  },
} as const;
