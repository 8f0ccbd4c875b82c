import { z } from 'zod';
import { channelNames } from '../channels/registry.ts';
import { secret } from '../channels/secret.ts';
import { ownHours, serviceLevels } from './calendars-schema.ts';
import { ring } from './rules-schema.ts';
import { id, name, seconds, skills } from './schema-words.ts';
import { mediaOfCustomers } from '../message/medium.ts';
import { usualMaxSize } from '../directory/tenant.ts';

const userId = z.string().regex(/^@[^:\s]+:\S+$/, 'a Matrix user id such as @anna:example.org');
const dayOfSeconds = 86_400;
const addressOnLine = z.strictObject(
  {
    line: id.meta({ description: 'One of the tenant’s own lines.', example: 'phone' }),
    address: z
      .string()
      .trim()
      .min(1)
      .max(300)
      .meta({ description: 'The network’s name of the agent there.', example: '+15551234567' }),
  },
  'a Matrix user id such as @anna:example.org, or `line` and `address`',
);
export const agent = z.strictObject({
  user: userId.meta({
    description: 'Matrix account from which the agent answers.',
    example: '@anna:example.org',
  }),
  endpoints: z
    .array(z.union([userId, addressOnLine]))
    .max(10)
    .default([])
    .meta({
      description:
        'Further Matrix accounts of theirs, of a telephone say: each is invited, and may do what the first may. Or `line` and `address`: where they are reached outside Matrix.',
      example: ['@anna-mobile:example.org', { line: 'phone', address: '+15551234567' }],
    }),
  name: name.meta({ description: 'Name that customers may see.', example: 'Anna' }),
  capacity: z.int().min(1).max(1000).default(4).meta({
    description: 'Units of work at once, open offers included; a session takes its queue’s weight.',
  }),
  supervisor: z
    .boolean()
    .default(false)
    .meta({ description: 'May close sessions and send again without being connected.' }),
  skills: skills.default({}).meta({
    description: 'What the agent can, languages included, each from 0 to 5.',
    example: { billing: 4, french: 5 },
  }),
  teams: z
    .array(id)
    .max(50)
    .default([])
    .meta({ description: 'Teams that the agent is in; queues can name teams.', example: ['first-line'] }),
  schedule: z.union([id, ownHours]).optional().meta({
    description:
      'Calendar, or hours of their own, when whose hours begin the agent becomes available, and offline when they end.',
    example: 'office',
  }),
  networks: z
    .array(z.string().min(1))
    .optional()
    .meta({
      description: 'Networks that the agent handles; all unless given.',
      example: channelNames.slice(0, 2),
    }),
  media: z
    .array(z.enum(mediaOfCustomers))
    .min(1)
    .max(mediaOfCustomers.length)
    .optional()
    .meta({
      description:
        'Media that the agent handles: kinds of messages that customers send. Sessions with others are not offered to them; all unless given.',
      example: mediaOfCustomers.slice(0, 2),
    }),
});

const orders = ['longest-idle', 'least-active', 'most-available', 'round-robin'] as const;

const chooser = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .meta({
      description: 'Asked by POST; at private addresses only if outgoing.trustedOrigins has them.',
      example: 'https://chooser.example/',
    }),
  secret: secret(z.string().min(16).max(200)).meta({
    description: 'Signs the questions.',
    example: 'at-least-16-signs',
  }),
  timeoutSeconds: seconds(0.1, 10).default(2).meta({
    description: 'For an answer; it is asked once more where none came.',
  }),
  fallback: z
    .enum(orders)
    .default('longest-idle')
    .meta({ description: 'Who is asked first where no answer came that counts.' }),
});

const backAtFault = { error: 'a number below `at`', path: ['backAt'] };
const isBelow = ({ at, backAt }: { readonly at: number; readonly backAt?: number | undefined }): boolean =>
  backAt === undefined || backAt < at;

const thresholds = z.strictObject({
  size: z
    .strictObject({
      at: z.int().min(1).max(5000).meta({ description: 'So many wait.', example: 20 }),
      backAt: z.int().min(0).max(4999).optional().meta({
        description: 'Over when so few wait again; four fifths of it unless given.',
        example: 10,
      }),
    })
    .refine(isBelow, backAtFault)
    .optional()
    .meta({ description: 'Of sessions that wait, those included that are offered to an agent.' }),
  longestWaitSeconds: z
    .strictObject({
      at: seconds(1, 7 * dayOfSeconds).meta({ description: 'Somebody has waited so long.', example: 300 }),
      backAt: seconds(0, 7 * dayOfSeconds)
        .optional()
        .meta({
          description: 'Over when nobody has waited for longer than that; four fifths of it unless given.',
          example: 120,
        }),
    })
    .refine(isBelow, backAtFault)
    .optional()
    .meta({ description: 'Of the longest wait.' }),
});

export const queue = z.strictObject({
  name: name.meta({ description: 'Name of the queue and of its space in Element.', example: 'Support' }),
  agents: z
    .array(id)
    .default([])
    .meta({
      description: 'Agents who are asked, by the names they have above.',
      example: ['anna'],
      shown: true,
    }),
  teams: z
    .array(id)
    .max(50)
    .default([])
    .meta({ description: 'Teams whose agents are asked, too.', example: ['first-line'] }),
  evaluation: z.enum(['ALL', 'BEST', 'NONE']).default('ALL').meta({
    description:
      'How skills decide: ALL = whoever has every required one; BEST = of those, the highest average level first; NONE = skills do not count.',
  }),
  order: z
    .enum([...orders, 'external'])
    .default('longest-idle')
    .meta({
      description: 'Who of those is asked first; external: whom the application under `chooser` names.',
    }),
  chooser: chooser.optional().meta({ description: 'With order external: the application that chooses.' }),
  calendar: id.optional().meta({
    description: 'Calendar out of whose hours nobody is asked; always open unless given.',
    example: 'office',
  }),
  serviceLevels: serviceLevels.optional().meta({
    description: 'What customers are promised, in open time of the calendar; the tenant’s unless given.',
  }),
  requiredSkills: skills.default({}).meta({
    description: 'Skills that an agent must have, with the least level.',
    example: { billing: 2 },
  }),
  preferredSkills: skills
    .default({})
    .meta({ description: 'Skills that count with BEST, without being required.', example: { french: 3 } }),
  rings: z
    .array(ring)
    .max(6)
    .default([])
    .meta({
      description: 'Whom to ask as well, and which skills not to ask for any more, after so much waiting.',
      example: [{ afterSeconds: 60, teams: ['first-line'], dropSkills: ['billing'] }],
    }),
  manual: z
    .boolean()
    .default(false)
    .meta({ description: 'Nobody is asked: agents take sessions themselves with !pull.' }),
  priority: z
    .int()
    .min(0)
    .max(1000)
    .default(0)
    .meta({ description: 'Of its sessions; each point is worth a minute of waiting.' }),
  promisedSeconds: seconds(1, 7 * dayOfSeconds)
    .default(300)
    .meta({
      description: 'Within which customers are promised an answer; who was promised it sooner goes first.',
    }),
  maxSize: z.int().min(1).max(5000).default(usualMaxSize).meta({
    description:
      'Sessions that may wait; for more, an application that has an action for it decides. Without one, they wait all the same.',
  }),
  thresholds: thresholds.optional().meta({
    description: 'When integrators are told that too much waits, by the event queue.threshold.',
  }),
  weight: z
    .int()
    .min(1)
    .max(1000)
    .default(1)
    .meta({ description: 'Units of an agent’s capacity that a session takes.' }),
  lastAgentSeconds: seconds(0, dayOfSeconds).default(0).meta({
    description: 'How long to wait for the agent who talked to the customer last, if they are there.',
  }),
  offerSeconds: seconds(1, dayOfSeconds)
    .default(60)
    .meta({ description: 'How long an agent has to accept before the next one is asked.' }),
  retrySeconds: seconds(1, dayOfSeconds)
    .default(30)
    .meta({ description: 'When all who could have declined: how long until they are asked again.' }),
  wrapUpSeconds: seconds(0, 3600).default(0).meta({
    description: 'After-session work: how long the agent’s capacity stays taken, unless they write !done.',
  }),
});

/** What stands under a tenant's `availability`. */
export const availabilityRules = z.strictObject({
  initial: z
    .enum(['available', 'offline'])
    .default('available')
    .meta({ description: 'Of agents who never said anything.' }),
  offers: z.enum(['invitation', 'desk']).default('invitation').meta({
    description:
      'How sessions are offered: by an invitation to the room, or by a message at the agent’s desk, who is invited after accepting.',
  }),
  awayAfterMissed: z.int().min(0).max(100).default(3).meta({
    description:
      'Offers missed in a row after which an agent gets none until they write !available; 0: never.',
  }),
  reassignSeconds: z
    .union([seconds(0, dayOfSeconds), z.literal('never')])
    .default(120)
    .meta({
      description:
        'How long after an agent went offline their sessions go back to the queue, unless they come back before; never: they stay.',
    }),
});
