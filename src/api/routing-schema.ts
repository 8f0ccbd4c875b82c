import { z } from 'zod';
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

/** `POST /routing/simulate`: a session that might come. */
export const simulateBody = z.strictObject(
  {
    queue: z.string(queueId).min(1, queueId).max(64, queueId),
    network: z.enum(channelNames, `one of ${channelNames.join(', ')}`),
    skills: z
      .record(name, level, 'an object of skills with their levels')
      .refine((all) => Object.keys(all).length <= mostSkills, `at most ${String(mostSkills)} skills`)
      .default({}),
    waitedSeconds: z.number(waited).min(0, waited).max(604_800, waited).default(0),
  },
  'an object with the fields queue, network, skills, waitedSeconds',
);
