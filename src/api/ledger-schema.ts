import { z } from 'zod';
import { count, next, time } from './answer-schemas.ts';

const leg = z
  .enum(['room', 'line', 'endpoint'])
  .meta({ description: '`endpoint`: an agent outside Matrix.' });
const status = z.enum(['sent', 'delivered', 'read', 'failed', 'unclear']);
const onLeg = { leg, delivery: z.string(), part: z.int().min(1), parts: z.int().min(1), at: time };

const step = z
  .discriminatedUnion('step', [
    z.object({ step: z.literal('accepted'), at: time }),
    z.object({ step: z.literal('relayed'), at: time, to: z.array(leg) }),
    z.object({ step: z.literal('keptBack'), at: time, because: z.string() }),
    z.object({ step: z.literal('setAside'), at: time }),
    z.object({
      step: z.literal('failedAttempt'),
      ...onLeg,
      number: count,
      kind: z.string(),
      reason: z.string(),
      certain: z.boolean(),
      nextAt: time.optional(),
    }),
    z.object({ step: z.literal('attemptsLeftOut'), ...onLeg, count }),
    z.object({ step: z.literal('taken'), ...onLeg, number: count, nativeId: z.string().optional() }),
    z.object({ step: z.literal('receipt'), ...onLeg, status, reason: z.string().optional() }),
    z.object({
      step: z.literal('gaveUp'),
      ...onLeg,
      status: z.enum(['failed', 'unclear']),
      reason: z.string(),
    }),
    z.object({ step: z.literal('sentAgain'), ...onLeg, retryOf: z.string().optional() }),
    z.object({ step: z.literal('dropped'), ...onLeg }),
  ])
  .meta({ id: 'LedgerStep' });

const verdict = z.object({
  outcome: z.enum([
    'read',
    'delivered',
    'sent',
    'pending',
    'unclear',
    'failed',
    'keptBack',
    'setAside',
    'waiting',
    'nothingSent',
    'forgotten',
  ]),
  at: time.optional(),
  why: z.string().optional(),
  nextAttemptAt: time.optional(),
});

const summary = z.object({
  message: z.string().optional(),
  conversation: z.string(),
  author: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('customer') }),
    z.object({ kind: z.literal('agent'), user: z.string() }),
    z.object({ kind: z.literal('system') }),
  ]),
  kind: z
    .string()
    .optional()
    .meta({ description: '`text`, `image`, ..., `edit`, `retraction`, `reaction`.' }),
  line: z.string(),
  network: z.string(),
  nativeId: z.string().optional().meta({ description: 'The event’s id, or the network’s.' }),
  acceptedAt: time,
  verdict,
});

export const messagesAnswer = z.object({
  messages: z.array(summary.meta({ id: 'LedgerMessage' })),
  next,
});

export const ledgerAnswer = summary
  .extend({
    timeline: z.array(step),
    words: z.array(z.string()).meta({ description: 'The same for people.' }),
  })
  .meta({ id: 'Ledger' });
