import { Validator } from '@seriousme/openapi-schema-validator';
import { afterEach, describe, expect, it } from 'vitest';
import { apiDocument } from '../../src/api-document.ts';
import { documentRoutes } from '../../src/api/openapi/document-routes.ts';
import { routeDeclarations } from '../../src/api/operator-api.ts';
import { checkAnswer, NotAsDocumented } from '../contract/check-answer.ts';
import { startServer, type RunningServer } from './http-fixture.ts';

let server: RunningServer;
const serve = async (): Promise<void> => {
  server = await startServer(undefined, { routers: [documentRoutes({ document: apiDocument() })] });
};

describe('the OpenAPI document', () => {
  afterEach(async () => server.stop());

  it('is a valid one of version 3.1, with every route and its scope', async () => {
    await serve();
    const answer = await fetch(`${server.url}/api/v1/openapi.json`);
    const document = (await answer.json()) as ReturnType<typeof apiDocument>;
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const paths = document['paths'] as Record<string, Record<string, Record<string, unknown>>>;
    for (const { method, path, operation, access } of routeDeclarations) {
      const found = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method];
      expect([operation, found?.['operationId']]).toEqual([operation, operation]);
      if (access !== 'operator' && access !== 'public')
        expect([operation, found?.['x-scope']]).toEqual([operation, access]);
    }
    const ids = routeDeclarations.map(({ operation }) => operation);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has pages for every list that may grow without end', () => {
    // Of these there are so many at most.
    const short = ['listRuleVersions', 'listKeys', 'listWebhooks', 'listSecretKeys'];
    const lists = routeDeclarations.filter(({ operation }) => operation.startsWith('list'));
    const whole = lists.filter(({ query = {} }) => !('limit' in query && 'cursor' in query));
    expect(whole.map(({ operation }) => operation).filter((name) => !short.includes(name))).toEqual([]);
    expect(lists.length).toBeGreaterThan(15);
  });

  it('says what a network wants of its lines, and never shows a default secret', async () => {
    await serve();
    const text = await (await fetch(`${server.url}/api/v1/openapi.json`)).text();
    expect(text).toContain('authToken');
    expect(text).toContain('"writeOnly":true');
  });

  it('is there as a page that loads and runs nothing', async () => {
    await serve();
    const answer = await fetch(`${server.url}/api/v1/docs`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/);
    const page = await answer.text();
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
    for (const { operation } of routeDeclarations) expect(page).toContain(`id="${operation}"`);
    expect(page).toMatch(/id="event".*Signed with the secret of the webhook.*webhook-signature/s);
  });
});

describe('the check of answers', () => {
  const agent = {
    id: 'anna',
    name: 'Anna',
    user: '@anna:example.org',
    endpoints: [],
    supervisor: false,
    skills: {},
    capacity: 1,
    load: 0,
    sessions: [],
    availability: 'available',
    wrapUps: [],
  };
  const answered = (body: unknown, more: object = {}) => ({
    method: 'GET',
    path: '/api/v1/tenants/acme/agents/anna',
    status: 200,
    type: 'application/json; charset=utf-8',
    body: JSON.stringify(body),
    ...more,
  });

  it('takes what fits', () => {
    expect(() => checkAnswer(answered(agent))).not.toThrow();
    const problem = { type: 'about:blank', title: 'Not Found', status: 404 };
    const type = 'application/problem+json';
    expect(() => checkAnswer(answered(problem, { status: 404, type }))).not.toThrow();
    expect(() => checkAnswer(answered(problem, { status: 404, type, path: '/api/v1/x' }))).not.toThrow();
  });

  it.each([
    ['a field that is not declared', answered({ ...agent, password: 'x' })],
    ['a field that is missing', answered({ ...agent, name: undefined })],
    ['a field of another type', answered({ ...agent, since: 'yesterday' })],
    ['a status that is not declared', answered(agent, { status: 206 })],
    ['a route that is not declared', answered(agent, { path: '/api/v1/tenants/acme/secrets' })],
    ['a method that is not declared', answered(agent, { method: 'PATCH' })],
    ['another media type', answered(agent, { type: 'text/html' })],
    ['a problem that is none', answered({ error: 'x' }, { status: 404, type: 'application/problem+json' })],
    ['a problem as another media type', answered({}, { status: 404 })],
    [
      'a body where none is',
      answered({}, { method: 'DELETE', path: '/api/v1/tenants/a/lines/b', status: 204 }),
    ],
  ])('complains of %s', (_, answer) => {
    expect(() => checkAnswer(answer)).toThrow(NotAsDocumented);
  });
});
