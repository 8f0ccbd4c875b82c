import { z } from 'zod';
import { partKinds } from './api/part-routes.ts';
import { friendlyName } from './api/queue-settings-routes.ts';
import { directoryKinds, tenantPartSchema } from './config/directory-kinds.ts';
import { lineBodySchema } from './config/generated-files.ts';
import { givenSharedLineSchema } from './config/line-rules.ts';

interface ObjectSchema {
  readonly properties: Readonly<Record<string, object>>;
  readonly required: readonly string[];
}

/** JSON Schemas, by operation, of bodies that are held to what the config file's schemas say. */
export function apiBodies(): Readonly<Record<string, object>> {
  const parts = partKinds.map(({ kind, operations: [one] }) => [`put${one}`, bodyOf(kind)] as const);
  return {
    putLine: lineBodySchema(),
    putInstallationLine: lineBodySchema(givenSharedLineSchema),
    putTenant: jsonSchemaOf(tenantPartSchema),
    addIdentifier: bodyOf('identifiers'),
    ...queueBodies(),
    ...Object.fromEntries(parts),
  };
}

/** What the config file calls a queue's name is its `friendlyName` here. */
function queueBodies(): Readonly<Record<'createQueue' | 'updateQueue' | 'putQueue', object>> {
  const { properties, required, ...queue } = bodyOf('queues') as ObjectSchema;
  const { name: _, ...others } = properties;
  const settings = { friendlyName: jsonSchemaOf(friendlyName), ...others };
  const putQueue = {
    ...queue,
    properties: settings,
    required: required.map((field) => (field === 'name' ? 'friendlyName' : field)),
  };
  const id = { type: 'string', description: 'Made unless given.' };
  return {
    putQueue,
    createQueue: { ...putQueue, properties: { id, ...settings } },
    updateQueue: { ...queue, properties: settings },
  };
}

function bodyOf(kind: string): object {
  const found = directoryKinds.find((each) => each.kind === kind);
  if (found === undefined) throw new Error(`the directory has no ${kind}`);
  return jsonSchemaOf(found.schema);
}

function jsonSchemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
