import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as forward, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startSwitchboardProcess, type SwitchboardProcess } from '../../dev/demo/switchboard-process.ts';
import { freePorts } from '../../dev/free-ports.ts';
import { fetchSynapse } from '../../dev/synapse/fetch-synapse.ts';
import { startSynapse, type RunningSynapse } from '../../dev/synapse/start-synapse.ts';
import { writeRegistration } from '../../src/matrix/registration-file.ts';
import { Agent } from './product/agent.ts';
import { missing } from './product/peers.ts';
import { until } from './product/until.ts';

const without = await missing('synapse');
const secret = 'a secret of the shards';

/** Between Synapse and Switchboard, for one registration: refuses what is pushed while it is shut, as a stream that is held up. */
function createGate(target: number): { readonly server: Server; shut: boolean } {
  const gate = {
    shut: false,
    server: createServer((request, response) => {
      if (gate.shut && request.url?.includes('/transactions/') === true) {
        response.writeHead(503).end('{}');
        return;
      }
      const { method, url, headers } = request;
      const onward = forward({ host: '127.0.0.1', port: target, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.writeHead(502).end());
      request.pipe(onward);
    }),
  };
  return gate;
}

describe.skipIf(without !== undefined)(`two registrations on one homeserver ${without ?? ''}`, () => {
  let directory: string;
  let synapse: RunningSynapse;
  let switchboard: SwitchboardProcess;
  let gate: ReturnType<typeof createGate>;
  let customers: Server;
  let publicUrl: string;
  let anna: Agent;
  let bob: Agent;
  /** What the customers of each tenant were told. */
  const told: string[] = [];
  const known = new Set<string>();
  let count = 0;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'switchboard-shards-'));
    const [appservice = 0, http = 0, gatePort = 0] = await freePorts(3);
    publicUrl = `http://127.0.0.1:${String(http)}`;
    gate = createGate(appservice);
    await new Promise<void>((resolve) => gate.server.listen(gatePort, '127.0.0.1', resolve));
    customers = createServer((request, response) => {
      request.toArray().then(
        (chunks: Buffer[]) => {
          const { id, text } = JSON.parse(Buffer.concat(chunks).toString()) as { id?: string; text?: string };
          // As loopback asks of its peers: a repetition is known by its id.
          if (id !== undefined && text !== undefined && !known.has(id)) {
            known.add(id);
            told.push(`${request.url ?? ''} ${text}`);
          }
          response.end('{}');
        },
        () => response.destroy(),
      );
    });
    // One that closes just as a slow client asks on it makes that request fail.
    for (const server of [gate.server, customers]) server.keepAliveTimeout = 600_000;
    await new Promise<void>((resolve) => customers.listen(0, '127.0.0.1', resolve));
    const address = customers.address();
    const peer = `http://127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`;

    const shards = { acme: gatePort, bolt: appservice };
    const registrations = Object.entries(shards).map(([id, port]) => {
      const file = join(directory, `${id}.yaml`);
      const url = `http://127.0.0.1:${String(port)}`;
      writeRegistration(file, { id: `switchboard-${id}`, url, prefix: `_sb_${id}_`, domain: 'localhost' });
      return file;
    });
    const { root } = await fetchSynapse();
    synapse = await startSynapse({ root, registrationFiles: registrations });
    [anna, bob] = [await Agent.signIn(synapse, 'anna'), await Agent.signIn(synapse, 'bob')];
    const tenant = (id: string, agent: Agent): object => ({
      name: id,
      homeserver: id,
      agents: { first: { user: agent.userId, name: agent.name } },
      queues: { support: { name: 'Support', agents: ['first'] } },
      lines: {
        loop: { channel: 'loopback', queue: 'support', parameters: { secret, callbackUrl: `${peer}/${id}` } },
      },
    });
    const config = join(directory, 'config.yaml');
    writeFileSync(
      config,
      stringify({
        homeservers: Object.fromEntries(
          Object.keys(shards).map((id) => [
            id,
            { url: synapse.base, domain: 'localhost', registration: `${id}.yaml` },
          ]),
        ),
        appservice: { port: appservice },
        http: { port: http },
        store: { directory: 'data' },
        tenants: { acme: tenant('acme', anna), bolt: tenant('bolt', bob) },
      }),
    );
    switchboard = await startSwitchboardProcess({ config, httpPort: http, log: join(directory, 'log') });
  });
  afterAll(async () => {
    await (switchboard as SwitchboardProcess | undefined)?.stop();
    for (const agent of [anna, bob]) (agent as Agent | undefined)?.signOut();
    await (synapse as RunningSynapse | undefined)?.stop();
    for (const server of [gate.server, customers]) {
      server.close();
      server.closeAllConnections();
    }
    rmSync(directory, { recursive: true, force: true });
  });

  async function customerSays(tenant: string, text: string): Promise<void> {
    const path = `/channels/loopback/${tenant}/loop/messages`;
    const body = JSON.stringify({ type: 'text', id: String((count += 1)), from: 'carol', text });
    const signature = createHmac('sha256', secret).update(`POST\n${path}\n`).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-loopback-signature': signature };
    const answer = await fetch(`${publicUrl}${path}`, { method: 'POST', headers, body });
    await answer.arrayBuffer();
    expect(answer.ok).toBe(true);
  }
  const isTold = async (what: string): Promise<unknown> =>
    // Synapse waits longer after each refusal: on a slow machine there are several.
    until(`a customer who is told ${what}`, () => told.includes(what), { withinMs: 90_000 });

  test('one tenant’s stream that is held up does not hold up the other’s, and loses nothing', async () => {
    await Promise.all([customerSays('acme', 'Dear Acme'), customerSays('bolt', 'Dear Bolt')]);
    const [acmes, bolts] = [await anna.accepts(), await bob.accepts()];
    await anna.says(acmes, 'Acme speaking');
    await bob.says(bolts, 'Bolt speaking');
    await Promise.all([isTold('/acme Acme speaking'), isTold('/bolt Bolt speaking')]);

    gate.shut = true;
    await anna.says(acmes, 'This waits');
    await bob.says(bolts, 'This does not');
    await isTold('/bolt This does not');
    expect(told).not.toContain('/acme This waits');

    gate.shut = false;
    // Synapse comes back by itself, in 2 s after a first failure.
    await isTold('/acme This waits');
    expect(told.filter((one) => one.startsWith('/acme'))).toEqual([
      '/acme Acme speaking',
      '/acme This waits',
    ]);
  });

  test('each has users and a bot of its own, and the other’s are no concern of it', async () => {
    const seen = [
      await anna.sees(await roomOf(anna), 'Dear Acme'),
      await bob.sees(await roomOf(bob), 'Dear Bolt'),
    ];
    expect(seen.map(({ sender }) => sender.split('_').slice(1, 3).join('_'))).toEqual(['sb_acme', 'sb_bolt']);
  });
  const roomOf = async (agent: Agent): Promise<string> =>
    until(
      'the room',
      () =>
        agent.client.getRooms().find((room) => !room.isSpaceRoom() && room.getMyMembership() === 'join')
          ?.roomId,
    );
});
