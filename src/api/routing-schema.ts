import { z } from 'zod';
import { mediaOfCustomers } from '../message/medium.ts';
import { channelNames } from '../channels/registry.ts';

const mostSkills = 50;
const name = z
  .string()
  .regex(
    /^[\p{L}\d][\p{L}\d _-]{0,39}$/u,
    'names of letters, digits, spaces, hyphens, underscores, at most 40',
  );
const level = z.number('a level from 0 to 5').min(0, 'a level from 0 to 5').max(5, 'a level from 0 to 5');
const waited = 'a number of seconds from 0 to 604800';
const queueId = 'the id of a queue';
const lineId = 'the id of a line';

const short = (what: string) => z.string(what).max(500, `${what}, at most 500 signs`);
const texts = z
  .record(z.string(), short('a text'), 'an object of texts')
  .refine((all) => Object.keys(all).length <= mostSkills, `at most ${String(mostSkills)} texts`)
  .default({});

const contact = z
  .strictObject(
    {
      id: short('a text').default(''),
      name: short('a text').default(''),
      phone: short('a text').default(''),
      address: short('a text').default(''),
      details: texts,
      sessions: z.int('a whole number').min(0, 'a whole number from 0 on').default(0),
    },
    'an object with the fields id, name, phone, address, details, sessions',
  )
  .prefault({});

const app = z
  .strictObject(
    { client: short('a text').default(''), language: short('a text').default(''), parameters: texts },
    'an object with the fields client, language, parameters',
  )
  .prefault({});

/** `POST /routing/simulate`: a session that might come. With `line` the tenant's rules are looked at; with `queue` it goes there. */
export const simulateBody = z
  .strictObject(
    {
      queue: z.string(queueId).min(1, queueId).max(64, queueId).optional(),
      line: z.string(lineId).min(1, lineId).max(64, lineId).optional(),
      network: z.enum(channelNames, `one of ${channelNames.join(', ')}`),
      media: z
        .array(z.enum(mediaOfCustomers, `one of ${mediaOfCustomers.join(', ')}`), 'an array of media')
        .max(mediaOfCustomers.length, `at most ${String(mediaOfCustomers.length)} media`)
        .default([]),
      skills: z
        .record(name, level, 'an object of skills with their levels')
        .refine((all) => Object.keys(all).length <= mostSkills, `at most ${String(mostSkills)} skills`)
        .default({}),
      waitedSeconds: z.number(waited).min(0, waited).max(604_800, waited).default(0),
      identifier: short('a text').default(''),
      app,
      contact,
      attributes: z.record(z.string(), z.json(), 'an object').default({}),
      language: short('a text').default(''),
      text: z.string('a text').max(10_000, 'a text of at most 10000 signs').default(''),
    },
    'an object with the fields queue or line, network, media, skills, waitedSeconds, identifier, app, contact, attributes, language, text',
  )
  .refine(({ queue, line }) => queue !== undefined || line !== undefined, {
    path: ['queue'],
    message: 'the id of a queue, or the id of a line in line',
  });

/** How it is answered. */
export const simulateAnswer = z.object({
  queue: z.string().meta({ description: 'Where it is then.' }),
  network: z.string(),
  outcome: z.enum(['offered', 'waits']),
  /** Of a queue that is closed. */
  opensAt: z.iso.datetime().optional(),
  asked: z.object({ agent: z.string(), why: z.string() }).optional(),
  ahead: z.int(),
  agents: z.array(z.object({ agent: z.string(), name: z.string(), obstacle: z.string().optional() })),
  moves: z
    .array(z.object({ from: z.string(), to: z.string(), why: z.string() }))
    .optional()
    .meta({ description: 'How it went there from the queue that it entered, by the `overflow` of rules.' }),
  rules: z
    .object({
      version: z.string(),
      matched: z.array(z.string()),
      looked: z.array(
        z.object({
          rule: z.string(),
          outcome: z.enum(['matched', 'not matched', 'failed']),
          reason: z.string().optional(),
        }),
      ),
      requiredSkills: z.record(z.string(), z.number()),
      preferredSkills: z.record(z.string(), z.number()),
      priority: z.number().optional(),
      rings: z.array(
        z.object({ afterSeconds: z.number(), agents: z.array(z.string()), dropSkills: z.array(z.string()) }),
      ),
      overflow: z.array(
        z.object({
          queue: z.string(),
          afterSeconds: z.number().optional(),
          moreThan: z.number().optional(),
          nobodyAvailable: z.boolean(),
        }),
      ),
    })
    .optional(),
});
