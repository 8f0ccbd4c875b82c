import { z } from 'zod';
import { stringify } from 'yaml';
import { channelModules } from '../channels/registry.ts';
import { unwrap } from './environment.ts';
import { givenLineSchema } from './line-rules.ts';
import { configSchema } from './schema.ts';

/** JSON Schema of the config file, for editors; each line's parameters by its channel. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const line = (schema as unknown as LineHolder).properties.tenants.additionalProperties.properties.lines
    .additionalProperties;
  line.allOf = parametersByChannel();
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** JSON Schema of a line as it is given over REST. */
export function lineBodySchema(given: z.ZodType = givenLineSchema): object {
  const { $schema: _, ...schema } = z.toJSONSchema(given, { io: 'input', unrepresentable: 'any' });
  return { ...schema, allOf: parametersByChannel() };
}

function parametersByChannel(): object[] {
  return channelModules.map(({ channel, parameters }) => {
    const { $schema: _, ...rules } = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
    return {
      if: { properties: { channel: { const: channel } } },
      ['then']: { properties: { parameters: rules } },
    };
  });
}

interface LineHolder {
  readonly properties: {
    readonly tenants: {
      readonly additionalProperties: {
        readonly properties: { readonly lines: { readonly additionalProperties: Record<string, unknown> } };
      };
    };
  };
}

/** Names that stand in the sample for groups with free names. */
const sampleNames: Readonly<Record<string, string>> = {
  homeservers: 'main',
  tenants: 'acme',
  agents: 'anna',
  queues: 'support',
  applications: 'ivr',
  calendars: 'office',
};

/** A config file that shows every setting with what it means; what has a default stands behind a comment sign. */
export function sampleConfig(): string {
  return [
    '# yaml-language-server: $schema=./config.schema.json',
    '# Every setting of Switchboard. Generated from src/config/schema.ts by `npm run generate`.',
    '# A setting behind a comment sign shows its default. Each can come from the environment too:',
    '# SWITCHBOARD__HTTP__PORT=9010; with _FILE behind the name the value is read from that file.',
    '',
    ...group(configSchema, 0),
    '',
  ].join('\n');
}

function group(schema: z.ZodObject, depth: number): string[] {
  return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, rules], index) => [
    ...(depth === 0 && index > 0 ? [''] : []),
    ...setting(name, rules, depth),
  ]);
}

function setting(name: string, rules: z.ZodType, depth: number): string[] {
  const pad = '  '.repeat(depth);
  const meta = metaOf(rules);
  const comment = meta.description === undefined ? [] : [`${pad}# ${meta.description}`];
  const inner = unwrap(rules);
  if (name === 'lines' && inner instanceof z.ZodRecord)
    return [...comment, `${pad}${name}:`, ...sampleLines(inner, depth + 1)];
  if (inner instanceof z.ZodObject) {
    const rows = [`${pad}${name}:`, ...group(inner, depth + 1)];
    // A group that need not be there says something by being there.
    const isHidden = rules instanceof z.ZodOptional;
    return [...comment, ...(isHidden ? rows.map((row) => `${pad}# ${row.slice(pad.length)}`) : rows)];
  }
  if (meta.example === undefined && inner instanceof z.ZodRecord && inner.valueType instanceof z.ZodObject) {
    return [
      ...comment,
      `${pad}${name}:`,
      `${pad}  ${sampleNames[name] ?? 'example'}:`,
      ...group(inner.valueType, depth + 2),
    ];
  }
  const fallback = defaultOf(rules);
  if (meta.example !== undefined) {
    const hidden = fallback !== undefined || rules instanceof z.ZodOptional;
    return [...comment, `${pad}${hidden && !isShown(meta) ? '# ' : ''}${name}: ${inline(meta.example)}`];
  }
  // What has neither must be filled in.
  if (fallback === undefined && !(rules instanceof z.ZodOptional))
    return [...comment, `${pad}${name}: change-me`];
  return [...comment, `${pad}# ${name}: ${fallback === undefined ? '' : inline(fallback)}`.trimEnd()];
}

/** One line of each network, with the network's own parameters. */
function sampleLines(lines: z.ZodRecord, depth: number): string[] {
  const line = unwrap(lines.valueType as z.ZodType) as z.ZodObject;
  const pad = '  '.repeat(depth);
  return channelModules.flatMap((module, index) => {
    // What all lines have is explained at the first of them.
    const common =
      index === 0
        ? group(line, depth + 1)
        : [`${pad}  channel: x`, `${pad}  queue: support`, `${pad}  parameters:`];
    const own = common
      .map((row) => row.replace(/^( *)(channel:) .*$/, `$1$2 ${module.channel}`))
      .filter((row) => !row.includes('parameters: {}'));
    const parameters = unwrap(module.parameters) as z.ZodObject;
    return [
      `${pad}${module.channel}-1:`,
      ...own,
      ...(index === 0 ? [`${pad}  parameters:`] : []),
      ...group(parameters, depth + 2),
    ];
  });
}

/** Texts of the sample tenant are worth seeing in place, and what says so; addresses of one's own are not. */
function isShown({ example, shown }: Meta): boolean {
  return shown ?? (typeof example === 'string' && example.includes(' '));
}

interface Meta {
  readonly description?: string | undefined;
  readonly example?: unknown;
  /** Whether the sample has it in place, though it could be left out. */
  readonly shown?: boolean;
}

function inline(value: unknown): string {
  return stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
}

function metaOf(schema: z.ZodType): Meta {
  return z.globalRegistry.get(schema) ?? {};
}

function defaultOf(schema: z.ZodType): unknown {
  return schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
}
