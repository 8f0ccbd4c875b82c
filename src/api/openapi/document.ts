import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { problemSchema } from '../answer-schemas.ts';
import type { DeclaredParameter, RouteDeclaration } from '../route-declaration.ts';
import { scopes } from '../scopes.ts';
import { Schemas } from './schemas.ts';

/** An OpenAPI 3.1 document. */
export type OpenApiDocument = Readonly<Record<string, unknown>>;

/** Every route may give them: see the guard. */
const commonProblems = [400, 401, 403, 404, 413, 429, 500, 503];
const bodyProblems = [415, 422];

const pathParameters: Readonly<Record<string, DeclaredParameter>> = {
  tenant: { description: 'The tenant’s id.', schema: z.string() },
  id: { description: 'The id of what it is about.', schema: z.string() },
};
const idempotencyKey: DeclaredParameter = {
  description: 'Makes the request repeatable: within 24 hours the same key gets the same answer.',
  schema: z.string().min(1).max(255).optional(),
};

/** What we call ourselves: programs of the tenant, by HTTP. */
export interface DeclaredWebhook {
  readonly operation: string;
  readonly summary: string;
  readonly description: string;
  readonly headers: Readonly<Record<string, DeclaredParameter>>;
  readonly body: z.ZodType;
}

/** @param bodies by operation: JSON Schemas of bodies that are known only where the networks are. */
export function openApiDocument(
  routes: readonly RouteDeclaration[],
  bodies: Readonly<Record<string, object>> = {},
  webhooks: readonly DeclaredWebhook[] = [],
): OpenApiDocument {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    const operations = (paths[path] ??= {});
    if (operations[route.method] !== undefined) throw new Error(`${route.method} ${path} is declared twice`);
    operations[route.method] = operationOf(route, schemas, bodies[route.operation]);
  }
  const problem = schemas.output(problemSchema);
  const called = Object.fromEntries(webhooks.map((webhook) => [webhook.operation, callOf(webhook, schemas)]));
  const tags = [...new Set(routes.map(tagOf))].sort().map((name) => ({ name }));
  return {
    openapi: '3.1.0',
    info: {
      title: 'Switchboard',
      version: '1',
      summary: 'What a tenant’s programs and the operator ask for and do.',
      description:
        'Bodies and answers are JSON; problems are `application/problem+json` (RFC 9457). A key of a tenant may do what its scopes say, with its own tenant only.',
      license: { name: 'Unlicensed', identifier: 'LicenseRef-Unlicensed' },
    },
    servers: [{ url: '/', description: 'Where this document comes from.' }],
    tags,
    paths,
    ...(webhooks.length === 0 ? {} : { webhooks: called }),
    components: {
      schemas: schemas.named,
      responses: Object.fromEntries(
        [...commonProblems, 409, 412, ...bodyProblems].map((status) => [
          problemName(status),
          {
            description: STATUS_CODES[status] ?? 'A problem',
            ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
            content: { 'application/problem+json': { schema: problem } },
          },
        ]),
      ),
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: `A key of the tenant, with the scope that a route names (${scopes.join(', ')}), or the operator’s.`,
        },
        operator: { type: 'http', scheme: 'bearer', description: '`http.operatorToken` of the config file.' },
      },
    },
  };
}

const retryAfter = {
  'retry-after': { description: 'Seconds.', schema: { type: 'integer', minimum: 0 } },
};

function operationOf(route: RouteDeclaration, schemas: Schemas, givenBody: object | undefined): object {
  const { operation, summary, description, access, body, query = {}, headers = {} } = route;
  const named = { ...pathParameters, ...route.parameters };
  const inPath = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const parameter = named[name];
    if (parameter === undefined) throw new Error(`${route.path}: ${name} is not declared`);
    return parameterOf(schemas, 'path', name, parameter);
  });
  const allHeaders = {
    ...headers,
    ...(route.takesKey === true ? { 'idempotency-key': idempotencyKey } : {}),
  };
  const parameters = [
    ...inPath,
    ...Object.entries(query).map(([name, parameter]) => parameterOf(schemas, 'query', name, parameter)),
    ...Object.entries(allHeaders).map(([name, parameter]) => parameterOf(schemas, 'header', name, parameter)),
  ];
  const problems = [
    ...(access === 'public' ? [400, 429, 500, 503] : commonProblems),
    ...(route.takesKey === true ? [409] : []),
    ...(body === undefined ? [] : bodyProblems),
    ...(route.problems ?? []),
  ];
  return {
    operationId: operation,
    tags: [tagOf(route)],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(access === 'public' ? { security: [] } : securityOf(access)),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: givenBody === undefined ? schemas.input(body) : schemas.given(operation, givenBody),
              },
            },
          },
        }),
    responses: Object.fromEntries(
      [...answersOf(route, schemas), ...problems.map(problemResponse)].sort(
        ([a], [b]) => Number(a) - Number(b),
      ),
    ),
  };
}

function callOf(
  { operation, summary, description, headers, body }: DeclaredWebhook,
  schemas: Schemas,
): object {
  return {
    post: {
      operationId: operation,
      summary,
      description,
      security: [],
      parameters: Object.entries(headers).map(([name, header]) =>
        parameterOf(schemas, 'header', name, header),
      ),
      requestBody: { required: true, content: { 'application/json': { schema: schemas.output(body) } } },
      responses: { '2XX': { description: 'It is taken.' } },
    },
  };
}

function securityOf(access: string): object {
  if (access === 'operator') return { security: [{ operator: [] }] };
  return { security: [{ key: [] }, { operator: [] }], 'x-scope': access };
}

function answersOf(route: RouteDeclaration, schemas: Schemas): [string, object][] {
  return Object.entries(route.answers).map(([status, answer]) => {
    const { description, schema, headers, mediaType = 'application/json' } = answer;
    return [
      status,
      {
        description,
        ...(headers === undefined
          ? {}
          : {
              headers: Object.fromEntries(
                Object.entries(headers).map(([name, words]) => [
                  name,
                  { description: words, schema: { type: 'string' } },
                ]),
              ),
            }),
        ...(schema === undefined ? {} : { content: { [mediaType]: { schema: schemas.output(schema) } } }),
      },
    ];
  });
}

function problemResponse(status: number): [string, object] {
  return [String(status), { $ref: `#/components/responses/${problemName(status)}` }];
}

function problemName(status: number): string {
  return (STATUS_CODES[status] ?? `Status${String(status)}`).replaceAll(/[^A-Za-z]/g, '');
}

function parameterOf(
  schemas: Schemas,
  place: 'path' | 'query' | 'header',
  name: string,
  { description, schema }: DeclaredParameter,
): object {
  const isOptional = schema.safeParse(undefined).success;
  return { name, in: place, description, required: !isOptional, schema: schemas.input(schema) };
}

/** The kind of things that a route is about: the part of its path behind the tenant. */
function tagOf({ path }: RouteDeclaration): string {
  return /^\/api\/v1\/(?:tenants\/:tenant\/)?([^/]+)/.exec(path)?.[1] ?? 'other';
}
