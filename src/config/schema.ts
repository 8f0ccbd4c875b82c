import { z } from 'zod';
import { defaultRequestRates } from '../api/request-limits.ts';
import { channelNames } from '../channels/registry.ts';
import { secret } from '../channels/secret.ts';
import { application } from './applications-schema.ts';
import { calendar, serviceLevels } from './calendars-schema.ts';
import { usualFrontTexts } from '../directory/front-texts.ts';
import { agent, availabilityRules, queue } from './routing-schema.ts';
import { rules } from './rules-schema.ts';
import { identifierSchema, identifierText } from './identifier-schema.ts';
import { secretsSchema } from './secrets-schema.ts';
import { serviceSchema } from './service-schema.ts';
import { storeSchema } from './store-schema.ts';
import { id, language, name, seconds } from './schema-words.ts';

/**
 * The config file. Every setting has a description, which the sample and the JSON Schema are generated from; `example` is what the
 * sample shows where there is no default.
 */
const port = z.int().min(0).max(65535);
const bearerToken = z.string().regex(/^[!-~]{16,4096}$/, 'a token of at least 16 characters without spaces');
const rate = z.number().min(0.1).max(1_000_000);
const sendLimit = z.union([z.int().min(1).max(1_000_000_000), z.literal('off')]);
const httpUrl = z.url({ protocol: /^https?$/ });
const text = z.string().trim().min(1).max(1000);

const homeserver = z.strictObject({
  url: httpUrl.meta({
    description: 'Client-server API of the homeserver.',
    example: 'http://127.0.0.1:8008',
  }),
  domain: z
    .string()
    .min(1)
    .meta({ description: 'Server name: what stands behind the colon of user ids.', example: 'example.org' }),
  registration: z.string().min(1).meta({
    description:
      'Registration file, made with `-r`; the homeserver must have the same. Relative to this file.',
    example: '../registration/main.yaml',
  }),
  secondaryHsToken: secret(bearerToken).optional().meta({
    description:
      'The old hs_token, taken as well while tokens are being changed: until the homeserver has the new registration.',
  }),
});

export const lineSchema = z.strictObject({
  channel: z
    .string()
    .min(1)
    .meta({ description: `Kind of network: ${channelNames.join(', ')}.`, example: 'x' }),
  name: name
    .optional()
    .meta({ description: 'How customers see the tenant on this line; the tenant’s name unless given.' }),
  queue: id.meta({ description: 'Queue that its sessions go to.', example: 'support' }),
  service: id.optional().meta({
    description: 'How its sessions begin: one of the tenant’s services; straight to the queue unless given.',
    example: 'direct',
  }),
  onUnclear: z.enum(['ask', 'resend']).default('ask').meta({
    description:
      'When it is unclear whether a message went out and the network cannot tell: ask the agent, or send again and risk a double.',
  }),
  sendLimits: z
    .strictObject({
      perAddressPerMinute: sendLimit
        .optional()
        .meta({ description: 'To one customer in a minute; what is more waits. SMS: 30.', example: 30 }),
      perAddressPerDay: sendLimit.optional().meta({
        description: 'To one customer in a day; what is more is not sent, and the agent is told. SMS: 300.',
        example: 300,
      }),
      perDay: sendLimit.optional().meta({
        description:
          'To all customers in a day; what is more is not sent, and the agent is told. SMS: 20000.',
        example: 20_000,
      }),
    })
    .prefault({})
    .meta({
      description:
        'What may go out, in SMS segments or (other networks) messages; `off` for no limit. Days are those of UTC. No limits unless given, but for SMS.',
    }),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: 'Connection parameters: see docs/operator.md for each network.' }),
});

/** As short as buttons are. */
const shortText = text.max(20);
export const textsSchema = z.strictObject({
  greeting: text.optional().meta({
    description: 'Sent when a session opens. {tenant} is filled in.',
    example: 'Thank you for writing to {tenant}. Somebody will be with you shortly.',
  }),
  allBusy: text.optional().meta({
    description: 'Sent once a session when nobody is free.',
    example: 'All of our agents are busy. We have your message and will answer as soon as we can.',
  }),
  agentJoined: text.optional().meta({
    description: 'Sent when an agent takes the session. {agent} is filled in.',
    example: 'You are talking to {agent}.',
  }),
  closed: text.optional().meta({
    description: 'Sent when the agent closes the session.',
    example: 'Thank you. Write again whenever you need us.',
  }),
  closedNow: text.optional().meta({
    description: 'Sent once a session when it waits out of the hours of its queue. {opensAt} is filled in.',
    example: 'Nobody is here at the moment. We have your message and will answer from {opensAt} on.',
  }),
  accept: shortText.optional().meta({
    description: 'The answer by which agents outside Matrix accept an offer; Accept unless given.',
    example: 'Accept',
  }),
  decline: shortText.optional().meta({
    description: 'The answer by which they decline one; Decline unless given.',
    example: 'Decline',
  }),
});

const { askWhom, askWhich, noneOfThese, askSwitch, yes, no } = usualFrontTexts;
const frontText = {
  askWhom: text.meta({ description: 'Asked where nobody is named.' }),
  askWhich: text.meta({ description: 'Asked where several may be meant.' }),
  noneOfThese: shortText.meta({ description: 'The last of the answers to that.' }),
  askSwitch: text.meta({ description: 'Asked where another tenant is named. {tenant} is filled in.' }),
  yes: shortText.meta({ description: 'The answers to that.' }),
  no: shortText.meta({ description: 'The answers to that.' }),
};
export const sharedLineSchema = lineSchema.omit({ queue: true }).extend({
  texts: z
    .strictObject({
      askWhom: frontText.askWhom.default(askWhom),
      askWhich: frontText.askWhich.default(askWhich),
      noneOfThese: frontText.noneOfThese.default(noneOfThese),
      askSwitch: frontText.askSwitch.default(askSwitch),
      yes: frontText.yes.default(yes),
      no: frontText.no.default(no),
    })
    .prefault({})
    .meta({ description: 'What customers are asked while it is not known whom they write to.' }),
  textsIn: z
    .record(language, z.strictObject(frontText).partial())
    .default({})
    .meta({
      description: 'The same in other languages (de, pt-br), for customers whose language is known.',
      example: { de: { askWhom: 'Wem möchten Sie schreiben?' } },
    }),
});

export const sharedLineUseSchema = z.strictObject({
  queue: id.meta({ description: 'Queue that the tenant’s sessions on the line go to.', example: 'support' }),
});

const days = z.number().min(1).max(3650);
const ledgerDays = days.meta({
  description:
    'Days for which it can be told what became of a message: deliveries with their attempts and receipts, and what was not passed on.',
});
const messageDays = days.meta({
  description:
    'Days after which Switchboard forgets what was said. Older messages can then not be corrected or quoted; rooms keep what they have. For ever unless given.',
  example: 365,
});

export const tenantSchema = z.strictObject({
  name: name.meta({ description: 'Name of the enterprise.', example: 'Acme' }),
  homeserver: id.meta({ description: 'Homeserver that the tenant’s agents are on.', example: 'main' }),
  identifiers: z
    .array(z.union([identifierText, identifierSchema]))
    .default([])
    .meta({
      description:
        'Names under which customers reach the tenant: phone number, e-mail address, URL, unique id or name, postal address; a text, or { identifier, kind, service } to say of which kind it is or which service is meant.',
      example: ['support@acme.example'],
      shown: true,
    }),
  agents: z.record(id, agent).meta({ description: 'Who answers.' }),
  queues: z.record(id, queue).meta({ description: 'Where sessions wait for an agent.' }),
  availability: availabilityRules
    .prefault({})
    .meta({ description: 'When Switchboard itself changes whether agents are asked.' }),
  services: z
    .record(id, serviceSchema)
    .default({})
    .meta({
      description:
        'What customers may want of the tenant, and how its sessions begin: straight in a queue (kind direct), with a dialog, or with an application; lines and identifiers can name one. See docs/integrator.md.',
      example: {
        welcome: {
          kind: 'dialog',
          steps: [{ name: 'about', do: 'ask', text: 'What is it about?', answer: { kind: 'free' } }],
        },
      },
    }),
  rules: rules.optional().meta({
    description: 'Where sessions go, first match first; with none here they can be saved by REST.',
    example: [{ name: 'French', when: 'language.startsWith("fr")', requiredSkills: { french: 3 } }],
  }),
  calendars: z.record(id, calendar).default({}).meta({ description: 'Hours, by name.' }),
  serviceLevels: serviceLevels
    .optional()
    .meta({ description: 'What customers are promised, where the queue says nothing.' }),
  lines: z.record(id, lineSchema).default({}).meta({ description: 'Connections on networks.' }),
  applications: z
    .record(id, application)
    .default({})
    .meta({ description: 'Programs that are asked over HTTP what happens to a session.' }),
  sharedLines: z
    .record(id, sharedLineUseSchema)
    .default({})
    .meta({
      description:
        'Lines of the installation (sharedLines, below) that the tenant shares, each with the queue of its sessions.',
      example: { number: { queue: 'support' } },
    }),
  texts: textsSchema
    .prefault({})
    .meta({ description: 'What customers are told. A text that is not given is not said.' }),
  textsIn: z
    .record(language, textsSchema)
    .default({})
    .meta({
      description: 'The same in other languages (de, pt-br), for customers whose language is known.',
      example: { de: { greeting: 'Vielen Dank. Es meldet sich gleich jemand bei Ihnen.' } },
    }),
  nameTemplate: z
    .string()
    .min(1)
    .max(200)
    .default('{name} ({network})')
    .meta({ description: 'How customers are named in rooms.' }),
  federate: z
    .boolean()
    .default(false)
    .meta({ description: 'Whether rooms may be joined from other homeservers.' }),
  relayMaxAgeSeconds: seconds(1, 604_800).default(3600).meta({
    description: 'Agents’ messages that reach Switchboard later than this are not sent; the agent is told.',
  }),
  answersPerMinute: z.int().min(0).max(1000).default(20).meta({
    description:
      'How often a minute customer and tenant may take turns in a conversation: more is two automatic answers that answer each other, and goes no further; agents are told. 0: no limit.',
  }),
  sendPerDay: z.int().min(1).max(1_000_000_000).optional().meta({
    description:
      'What may go out on all lines together in a day (UTC), in SMS segments or messages; what is more is not sent, and the agent is told. No limit unless given.',
    example: 50_000,
  }),
  retention: z
    .strictObject({ ledgerDays: ledgerDays.optional(), messageDays: messageDays.optional() })
    .prefault({})
    .meta({ description: 'How long things are kept, where the tenant differs from the installation.' }),
});

export const configSchema = z.strictObject({
  homeservers: z.record(id, homeserver).meta({ description: 'Homeservers, each with its registration.' }),
  appservice: z
    .strictObject({
      host: z
        .string()
        .default('127.0.0.1')
        .meta({ description: 'Address on which homeservers reach Switchboard.' }),
      port: port.default(9009).meta({ description: 'Port for homeservers; `-p` overrides it.' }),
      maxTransactionMiB: z
        .number()
        .min(1)
        .max(1024)
        .default(16)
        .meta({ description: 'Largest transaction that is read.' }),
    })
    .prefault({})
    .meta({ description: 'The side that homeservers talk to.' }),
  http: z
    .strictObject({
      host: z
        .string()
        .default('127.0.0.1')
        .meta({ description: 'Address for webhooks, web chat, media links, health and metrics.' }),
      port: port.default(9010).meta({ description: 'Port for the same.' }),
      publicUrl: httpUrl.optional().meta({
        description: 'How networks and browsers reach that port from outside; http://host:port unless given.',
        example: 'https://switchboard.example.org',
      }),
      trustedProxies: z
        .int()
        .min(0)
        .max(10)
        .default(0)
        .meta({ description: 'Reverse proxies in front, whose X-Forwarded-For is believed.' }),
      rates: z
        .strictObject({
          perTenant: rate.default(defaultRequestRates.perTenant).meta({
            description: 'For the lines of one tenant. What is refused (unsigned, malformed) does not count.',
          }),
          perSource: rate
            .default(defaultRequestRates.perSource)
            .meta({ description: 'From one IPv4 address or IPv6 /64 outside of this machine.' }),
          refusedPerSource: rate
            .default(defaultRequestRates.refusedPerSource)
            .meta({ description: 'From the same, that were refused for what they were.' }),
          perKey: rate
            .default(defaultRequestRates.perKey)
            .meta({ description: 'Of each key of a tenant for the REST API, at all replicas together.' }),
          operator: rate
            .default(defaultRequestRates.operator)
            .meta({ description: 'Of the operator’s token, likewise.' }),
        })
        .prefault({})
        .meta({
          description:
            'Requests a second, over ten seconds (ten times as many may come at once); beyond: 429 with Retry-After.',
        }),
      operatorToken: secret(bearerToken).optional().meta({
        description:
          'Bearer token of the operator for the REST API (/api/v1), of which it may do everything; without it there is no REST API.',
      }),
      secondaryOperatorToken: secret(bearerToken).optional().meta({
        description: 'The old operatorToken, or the next: taken as well, while it is being changed.',
      }),
      metricsToken: secret(bearerToken)
        .optional()
        .meta({ description: 'Bearer token that /metrics asks for; none unless given.' }),
    })
    .prefault({})
    .meta({ description: 'The side that networks, browsers and operators talk to.' }),
  stop: z
    .strictObject({
      drainSeconds: seconds(0, 300).default(1).meta({
        description:
          'With PostgreSQL: how long requests are still taken after /ready says that this replica is not ready.',
      }),
    })
    .prefault({})
    .meta({ description: 'What happens on SIGTERM.' }),
  secrets: secretsSchema.prefault({}).meta({
    description:
      'Keys under which secrets lie in the store: those of webhooks, and of lines, applications, choosers and look-ups that were added by REST.',
  }),
  store: storeSchema.prefault({}).meta({ description: 'Where everything durable lives.' }),
  media: z
    .strictObject({
      linkSecret: secret().optional().meta({
        description: 'Signs links to files; made and kept in the store’s directory unless given.',
      }),
      secondaryLinkSecret: secret().optional().meta({
        description: 'The old linkSecret: its links are taken as well, for linkDays after it was changed.',
      }),
      linkDays: z
        .number()
        .min(0.01)
        .max(365)
        .default(7)
        .meta({ description: 'How long links to files work.' }),
      maxMiB: z.number().min(1).max(1024).default(100).meta({ description: 'Largest file that is carried.' }),
      allowHttp: z
        .boolean()
        .default(false)
        .meta({ description: 'Fetch files that others name from plain http addresses too.' }),
    })
    .prefault({})
    .meta({ description: 'Files.' }),
  outgoing: z
    .strictObject({
      trustedOrigins: z
        .array(httpUrl)
        .max(100)
        .default([])
        .meta({
          description:
            'Servers of your own network (https://host:port) that services, applications and choosers of this file may ask, though their addresses are private; those that came by REST may not.',
          example: ['https://crm.internal:8443'],
        }),
    })
    .prefault({})
    .meta({ description: 'What services ask of other servers.' }),
  logging: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .meta({ description: 'Least level that is written.' }),
    })
    .prefault({})
    .meta({
      description: 'Logs: one JSON object a line on standard output, without message texts or numbers.',
    }),
  retention: z
    .strictObject({ ledgerDays: ledgerDays.default(30), messageDays: messageDays.optional() })
    .prefault({})
    .meta({ description: 'How long things are kept; see docs/operator.md.' }),
  sharedLines: z.record(id, sharedLineSchema).default({}).meta({
    description:
      'Connections that tenants share, each as a line of a tenant but without queue: the customer’s words tell whom they write to, or they are asked.',
    example: {},
  }),
  tenants: z.record(id, tenantSchema).default({}).meta({ description: 'Enterprises that are served.' }),
});

export type Config = z.output<typeof configSchema>;
