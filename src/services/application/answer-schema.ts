import { z } from 'zod';

/**
 * What an application answers as JSON, published as config/application-answer.schema.json. The instructions and their words are those of
 * src/services/instruction.ts, with defaults where an application need not care.
 */
const text = z.string().trim().min(1).max(4096);
const url = z.string().trim().min(1).max(2048).meta({
  description: 'http or https; relative ones start at the URL that gave this answer.',
});
const application = z.string().trim().min(1).max(2048).meta({
  description: 'The name of an application of the tenant, or a URL on the host of one.',
});
const name = z.string().regex(/^[A-Za-z][\w-]{0,63}$/, 'a letter, then letters, digits, _ and -, at most 64');
const milliseconds = (from: number, to: number): z.ZodNumber => z.int().min(from).max(to);
const dayMs = 86_400_000;
const attributes = z.record(z.string().min(1).max(100), z.json()).meta({
  description: 'Kept with the session: rules and agents see them. At most 16 KB.',
});
const skills = z.record(z.string().min(1).max(40), z.number().min(0).max(5));
const queue = z.string().trim().min(1).max(200).meta({ description: 'Id or name of a queue.' });

const answerKind = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('free'), maxLength: z.int().min(1).max(4096).optional() }),
  z.strictObject({
    kind: z.literal('choice'),
    options: z
      .array(z.strictObject({ value: z.string().min(1).max(200), label: z.string().trim().min(1).max(200) }))
      .min(1)
      .max(20),
  }),
  z.strictObject({
    kind: z.literal('number'),
    min: z.number().optional(),
    max: z.number().optional(),
    whole: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.enum(['email', 'phone', 'date', 'yesno']) }),
]);

const instruction = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('say'), text }).meta({ description: 'Tells the customer.' }),
  z
    .strictObject({ do: z.literal('play'), url, text: text.optional() })
    .meta({ description: 'Sends a file, fetched from the URL, with a text beside it.' }),
  z
    .strictObject({
      do: z.literal('ask'),
      name: name.default('answer').meta({ description: 'Attribute that keeps the answer.' }),
      text,
      answer: answerKind.default({ kind: 'free' }),
      again: text.optional().meta({ description: 'Said to an answer that is not understood.' }),
      attempts: z.int().min(1).max(10).default(2).meta({ description: 'How often it is asked in all.' }),
      timeoutMs: milliseconds(1000, 7 * dayMs).default(300_000),
      action: application.optional().meta({
        description: 'Asked with the answer; what follows is done only without one.',
      }),
    })
    .meta({ description: 'Asks the customer, and waits.' }),
  z.strictObject({ do: z.literal('pause'), ms: milliseconds(0, dayMs) }).meta({ description: 'Waits.' }),
  z
    .strictObject({ do: z.literal('redirect'), url })
    .meta({ description: 'Goes on with what that URL answers.' }),
  z
    .strictObject({
      do: z.literal('enqueue'),
      queue: queue.optional().meta({ description: 'Id or name; the queue of the line unless given.' }),
      priority: z.int().min(0).max(1000).optional(),
      required: skills.optional(),
      preferred: skills.optional(),
      attributes: attributes.optional(),
      waitApplication: application.optional().meta({ description: 'Asked while the customer waits.' }),
      action: application.optional().meta({ description: 'Told once how the waiting ended.' }),
      timeoutMs: milliseconds(1000, 14 * dayMs)
        .optional()
        .meta({ description: 'How long the customer waits at most.' }),
      maxSize: z.int().min(1).max(5000).optional().meta({
        description: 'With an action: it is told `queue-full` instead where so many wait already.',
      }),
    })
    .meta({ description: 'To wait for an agent. What follows is done if the session leaves the queue.' }),
  z.strictObject({ do: z.literal('leave') }).meta({ description: 'Out of the queue.' }),
  z
    .strictObject({ do: z.literal('page'), url, title: z.string().trim().min(1).max(200).optional() })
    .meta({ description: 'Shows a web page.' }),
  z
    .strictObject({
      do: z.literal('transfer'),
      to: z.union([z.strictObject({ agent: z.string().min(1).max(64) }), z.strictObject({ queue })]),
    })
    .meta({ description: 'To an agent or a queue.' }),
  z.strictObject({ do: z.literal('set'), attributes }).meta({ description: 'Keeps attributes.' }),
  z.strictObject({ do: z.literal('end'), text: text.optional() }).meta({ description: 'Ends the session.' }),
  z
    .strictObject({
      do: z.literal('request'),
      application: z.string().trim().min(1).max(64),
      event: name,
    })
    .meta({ description: 'Goes on with what another application of the tenant answers.' }),
]);

/** More are a mistake, or meant to hurt. */
export const mostInstructions = 100;

export const answerSchema = z.strictObject({
  instructions: z.array(instruction).max(mostInstructions).meta({ description: 'Done in order.' }),
});

export type JsonInstruction = z.output<typeof instruction>;
