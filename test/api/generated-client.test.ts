import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@hey-api/openapi-ts';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiDocumentFile } from '../../src/api-document.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

let directory: string;
let server: RoutingServer;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-client-'));
  const input = join(directory, 'openapi.json');
  writeFileSync(input, apiDocumentFile());
  await createClient({
    input,
    output: { path: join(directory, 'client'), module: { extension: '.ts' } },
    plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
    logs: { level: 'silent', file: false },
  });
  server = await openRoutingServer();
});
afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

/** What somebody would write with the client; each line that is wrong by the document is marked so. */
const program = `
import { getAgent, listMembers, setAvailability, simulateRouting } from './client/index.ts';

const path = { tenant: 'acme' };
export async function use(): Promise<void> {
  const agent = await getAgent({ path: { ...path, id: 'anna' } });
  const load: number | undefined = agent.data?.load;
  // @ts-expect-error it is a number
  const wrong: string | undefined = agent.data?.load;
  // @ts-expect-error it has no such field
  void agent.data?.password;
  await listMembers({ path: { ...path, id: 'support' }, query: { limit: 2 } });
  // @ts-expect-error not one of those that there are
  await setAvailability({ path: { ...path, id: 'anna' }, body: { availability: 'asleep' } });
  // @ts-expect-error the tenant is missing
  await getAgent({ path: { id: 'anna' } });
  const { data } = await simulateRouting({ path, body: { queue: 'support', network: 'sms' } });
  const who: string | undefined = data?.asked?.agent;
  void [load, wrong, who];
}
`;

it('a client that is made from the document type-checks', () => {
  const file = join(directory, 'program.ts');
  writeFileSync(file, program);
  const checked = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: [],
  });
  const complaints = ts
    .getPreEmitDiagnostics(checked)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(complaints).toEqual([]);
});

interface Client {
  readonly client: { setConfig(config: object): void };
  readonly sdk: Readonly<Record<string, (options: object) => Promise<{ data?: unknown; error?: unknown }>>>;
}

async function openClient(token: string): Promise<Client> {
  const at = (name: string): string => join(directory, 'client', name);
  const { client } = (await import(at('client.gen.ts'))) as Pick<Client, 'client'>;
  const sdk = (await import(at('sdk.gen.ts'))) as Client['sdk'];
  client.setConfig({ baseUrl: server.origin, auth: () => token });
  return { client, sdk };
}

it('it works with a server that runs', async () => {
  const { sdk } = await openClient(server.token);
  await server.world.customer('cora').says('Hello');
  await server.world.customer('dan').says('Hello');
  const path = { tenant: 'acme' };
  expect((await sdk['listAgents']?.({ path }))?.data).toMatchObject({
    agents: [{ id: 'anna' }, { id: 'ben' }],
  });
  const members = { path: { ...path, id: 'support' }, query: { limit: 1 } };
  const { data: page } = (await sdk['listMembers']?.(members)) ?? {};
  expect(page).toMatchObject({ members: [{ position: 1 }], next: expect.any(String) as unknown });
  const change = { path: { ...path, id: 'ben' }, body: { availability: 'break' } };
  expect((await sdk['setAvailability']?.(change))?.data).toEqual({ agent: 'ben', requested: 'break' });
  const { error } = (await sdk['getQueue']?.({ path: { ...path, id: 'sales' } })) ?? {};
  expect(error).toMatchObject({ status: 404, title: 'Not Found' });
});

it('it is refused without the key', async () => {
  const { sdk } = await openClient('another-token');
  const { error } = (await sdk['listAgents']?.({ path: { tenant: 'acme' } })) ?? {};
  expect(error).toMatchObject({ status: 401 });
});
