import { z } from 'zod';
import { longestCondition } from '../conditions/condition.ts';
import { id, seconds, skill, skills } from './schema-words.ts';

const weekSeconds = 7 * 86_400;

export const ring = z.strictObject({
  afterSeconds: seconds(1, weekSeconds).meta({ description: 'Of waiting in the queue, in its open time.' }),
  agents: z.array(id).max(1000).default([]).meta({ description: 'Asked as well from then on.' }),
  teams: z.array(id).max(50).default([]).meta({ description: 'Teams whose agents are asked as well.' }),
  dropSkills: z.array(skill).max(50).default([]).meta({ description: 'No longer asked for.' }),
});

const overflow = z
  .strictObject({
    queue: id.meta({ description: 'Queue to which the session goes.' }),
    afterSeconds: seconds(1, weekSeconds)
      .optional()
      .meta({ description: 'Once it has waited for so long, in open time of its queue.' }),
    moreThan: z.int().min(0).max(5000).optional().meta({ description: 'While more than so many wait.' }),
    nobodyAvailable: z
      .boolean()
      .default(false)
      .meta({ description: 'While none of the queue’s agents is available.' }),
  })
  .refine(
    ({ afterSeconds, moreThan, nobodyAvailable }) =>
      afterSeconds !== undefined || moreThan !== undefined || nobodyAvailable,
    'afterSeconds, moreThan or nobodyAvailable: when the session goes there',
  );

export const rule = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(100)
    .meta({ description: 'What the rule is called, for agents and operators.' }),
  when: z.string().trim().min(1).max(longestCondition).optional().meta({
    description: 'Condition in CEL (see docs/operator.md); it always holds unless given.',
  }),
  queue: id.optional().meta({ description: 'Queue, in place of the line’s.' }),
  requiredSkills: skills.default({}).meta({
    description: 'Skills that an agent must have, with the least level, beyond what the queue asks.',
  }),
  preferredSkills: skills
    .default({})
    .meta({ description: 'Skills that count with BEST, without being required.' }),
  priority: z.int().min(0).max(1000).optional().meta({ description: 'In place of the queue’s.' }),
  rings: z.array(ring).max(6).default([]).meta({ description: 'Beside the queue’s rings.' }),
  overflow: z
    .array(overflow)
    .max(5)
    .default([])
    .meta({ description: 'Ways into other queues, looked at in order.' }),
  continue: z
    .boolean()
    .default(false)
    .meta({ description: 'The rules after it are looked at too, and add what they give.' }),
});

/** What stands under a tenant's `rules`, and what REST saves. */
export const rules = z
  .array(rule)
  .max(200)
  .superRefine((given, context) => {
    const names = new Set<string>();
    given.forEach(({ name }, at) => {
      if (names.has(name))
        context.addIssue({ code: 'custom', path: [at, 'name'], message: 'a name that no other rule has' });
      names.add(name);
    });
  });

export type GivenRules = z.output<typeof rules>;
