import { z } from 'zod';
import { secret } from '../channels/secret.ts';
import { longestCondition } from '../conditions/condition.ts';
import type { JsonValue } from '../platform/json-value.ts';
import { id } from './schema-words.ts';

/** The steps of dialogs, as tenants declare them. */
const stepName = z
  .string()
  .regex(/^[\p{L}\d][\p{L}\d_-]{0,63}$/u, 'letters, digits, hyphens and underscores, at most 64');
/** As CEL's names, so that a condition can say `answers.name`. */
const attribute = z
  .string()
  .regex(/^\p{L}[\p{L}\d_]{0,63}$/u, 'a letter, then letters, digits and underscores, at most 64');
export const language = z
  .string()
  .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z\d]{2,8}){0,3}$/, 'a language tag such as en or pt-BR');
const plain = z.string().trim().min(1).max(2000);
const text = z.union([plain, z.record(language, plain)]);
const short = z.string().trim().min(1).max(200);
const label = z.union([short, z.record(language, short)]);
const json: z.ZodType<JsonValue> = z.json();
const webUrl = z
  .string()
  .max(2000)
  .regex(/^https?:\/\/[^\s{}]+(?:\/|$)/, 'an http or https URL whose server is no placeholder');
const header = z.string().regex(/^[!#$%&'*+.^_`|~\dA-Za-z-]{1,100}$/, 'a header name');
const skills = z.record(z.string().min(1).max(40), z.number().min(0).max(5)).default({});
const answerKind = <Kind extends string>(kind: Kind): z.ZodLiteral<Kind> =>
  z.literal(kind).meta({ description: 'What kind of answer is wanted.' });

const answer = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: answerKind('free'),
      maxLength: z
        .int()
        .min(1)
        .max(4000)
        .optional()
        .meta({ description: 'In characters; 2000 unless given.' }),
    }),
    z.strictObject({
      kind: answerKind('choice'),
      options: z
        .array(
          z.strictObject({
            // With the question's name it is the id of a button, which networks limit.
            value: z.string().trim().min(1).max(150).meta({ description: 'What is kept.' }),
            label: label.meta({ description: 'What the customer sees.' }),
          }),
        )
        .min(1)
        .max(50)
        .meta({ description: 'What there is to pick from.' }),
    }),
    z.strictObject({
      kind: answerKind('number'),
      min: z.number().optional().meta({ description: 'The least that is taken.' }),
      max: z.number().optional().meta({ description: 'The most that is taken.' }),
      whole: z.boolean().optional().meta({ description: 'Only whole numbers are taken.' }),
    }),
    z.strictObject({
      kind: answerKind('yesno'),
      yes: label.optional().meta({ description: 'Label of the one button.' }),
      no: label.optional().meta({ description: 'Label of the other.' }),
    }),
    z.strictObject({
      kind: answerKind('phone'),
      country: z
        .string()
        .regex(/^[A-Z]{2}$/, 'two letters such as DE')
        .optional()
        .meta({ description: 'Whose numbers may be written without a plus sign.' }),
    }),
    z.strictObject({ kind: answerKind('email') }),
    z.strictObject({ kind: answerKind('date') }),
  ])
  .meta({ description: 'What counts as an answer.' });

/** `do` and what all steps have. */
function step<What extends string>(what: What) {
  return {
    name: stepName.meta({ description: 'Of the step, by which others lead to it.' }),
    do: z.literal(what).meta({ description: 'What the step does.' }),
    next: stepName
      .optional()
      .meta({ description: 'Step that follows; the one behind it unless given. Behind the last: an agent.' }),
  };
}
const otherwise = stepName
  .optional()
  .meta({ description: 'Step at which it goes on when nothing came; an agent unless given.' });
const said = text.meta({ description: 'What the customer reads, by language; {name} is filled in.' });

export const dialogStep = z.discriminatedUnion('do', [
  z.strictObject({ ...step('say'), text: said }),
  z.strictObject({
    ...step('ask'),
    attribute: attribute
      .optional()
      .meta({ description: 'Under which the answer is kept; the step’s name unless given.' }),
    text: said,
    answer,
    again: text.optional().meta({ description: 'Said to what is no answer, before it is asked again.' }),
    attempts: z.int().min(1).max(10).default(3).meta({ description: 'How often it is asked in all.' }),
    timeoutSeconds: z
      .number()
      .min(5)
      .max(604_800)
      .default(3600)
      .meta({ description: 'How long the customer has each time.' }),
    otherwise,
  }),
  z.strictObject({
    ...step('branch'),
    cases: z
      .array(
        z.strictObject({
          when: z
            .string()
            .trim()
            .min(1)
            .max(longestCondition)
            .meta({ description: 'Condition in CEL over answers, language and network.' }),
          to: stepName.meta({ description: 'Step at which it goes on if that holds.' }),
        }),
      )
      .min(1)
      .max(50)
      .meta({ description: 'The first that holds counts; else it goes on at `next`.' }),
  }),
  z.strictObject({
    ...step('set'),
    attributes: z.record(attribute, json).meta({ description: 'Kept with the session.' }),
  }),
  z.strictObject({
    ...step('lookUp'),
    url: webUrl.meta({ description: 'What is asked; {name} is filled in behind the server’s name.' }),
    method: z.enum(['GET', 'POST']).default('GET').meta({ description: 'How it is asked.' }),
    headers: z
      .record(header, secret(z.string().max(2000)))
      .default({})
      .meta({ description: 'Sent with it; never shown.' }),
    body: json.optional().meta({ description: 'Sent as JSON with POST; {name} is filled in.' }),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(30)
      .default(10)
      .meta({ description: 'How long an answer may take; asked twice at most.' }),
    keep: z
      .record(attribute, z.string().max(200))
      .meta({ description: 'Attributes, each with its path in the JSON answer: customer.orders.0.id.' }),
    otherwise,
  }),
  z.strictObject({
    ...step('page'),
    url: webUrl.meta({ description: 'Web page that is shown.' }),
    title: text.optional().meta({ description: 'What it is called.' }),
  }),
  z.strictObject({
    ...step('play'),
    url: webUrl.meta({ description: 'File that is sent.' }),
    text: text.optional().meta({ description: 'What stands beneath it.' }),
  }),
  z.strictObject({
    ...step('pause'),
    seconds: z.number().min(0).max(86_400).meta({ description: 'How long nothing is done.' }),
  }),
  z.strictObject({
    ...step('request'),
    application: id.meta({ description: 'Application of the tenant that says how it goes on.' }),
    event: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .default('dialog')
      .meta({ description: 'What the application is told, beside all attributes.' }),
  }),
  z.strictObject({
    ...step('route'),
    queue: id.optional().meta({ description: 'Where the customer waits; the line’s queue unless given.' }),
    text: text.optional().meta({ description: 'Said before.' }),
    priority: z
      .int()
      .min(0)
      .max(1000)
      .optional()
      .meta({ description: 'Each point is worth a minute of waiting; the queue’s unless given.' }),
    requiredSkills: skills.meta({ description: 'Beyond what the queue asks.' }),
    preferredSkills: skills.meta({ description: 'Likewise.' }),
    waitApplication: id
      .optional()
      .meta({ description: 'Application of the tenant that is asked while the customer waits.' }),
    action: id.optional().meta({ description: 'Application that is told once how the waiting ended.' }),
  }),
  z.strictObject({
    ...step('end'),
    text: text.optional().meta({ description: 'Said in place of what is said when sessions end.' }),
  }),
]);
