import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePorts } from '../../dev/free-ports.ts';
import { generateRegistration, registrationYaml } from '../../src/matrix/registration.ts';
import type { StandInAgent } from '../peers/homeserver/agent.ts';
import { startStandIn, type StandInHomeserver } from '../peers/homeserver/stand-in-homeserver.ts';
import type { StoredEvent } from '../peers/homeserver/room.ts';
import type { Seen } from './checker.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { createHiccups, type Hiccups } from './hiccups.ts';
import { send, sendUntilTaken, startPeerServer } from './peer-server.ts';
import type { PeerFaults } from './relay-peers.ts';
import { openEntrance } from './replica-entrance.ts';
import type { ProcessUnderTest } from './supervised-process.ts';
import { seededRandom } from './seeded-random.ts';
import type { Place, World } from './world.ts';

export interface SwitchboardWorldOptions {
  readonly seed: number;
  readonly conversations: number;
  /** Of the homeserver and of the customers' program alike. */
  readonly faults: PeerFaults;
  /** Whether the homeserver has devices for application services; default true. */
  readonly hasDevices?: boolean;
  /** The homeserver forgets the transaction ids that it has in memory, this often (milliseconds). Default: never. */
  readonly forgetTxnEveryMs?: number;
  /** What a second of the homeserver's backoff lasts, milliseconds. Default 20, so that a run with many kills does not last for minutes. */
  readonly secondMs?: number;
  /** Lines that the first tenant has besides. */
  readonly lines?: Readonly<Record<string, object>>;
  /** Of the installation, without queue; all tenants share them. */
  readonly sharedLines?: Readonly<Record<string, object>>;
  /** And names under which it is known. */
  readonly identifiers?: readonly string[];
  /** And what else it has: groups of the config file (`applications`), beside those that are here already. */
  readonly tenant?: Readonly<Record<string, object>>;
  /** Servers of that tenant on this machine. */
  readonly trustedOrigins?: readonly string[];
  /** How many processes share a database, and its URL. Default: one, on a store of its own. */
  readonly shared?: { readonly replicas: number; readonly database: string };
  /** The store's folder; default: one of the world's own. */
  readonly dataDirectory?: string;
  /** Besides what the command line has, before the program: for preloads. */
  readonly nodeArguments?: readonly string[];
  /** Told of each answer to a customer's network. */
  readonly onAnswer?: (answer: WebhookAnswer) => void;
}

/** 0: no answer came. Moments on the monotonic clock, milliseconds. */
export interface WebhookAnswer {
  readonly status: number;
  readonly begun: number;
  readonly ended: number;
}

export interface SwitchboardWorld extends World {
  readonly homeserver: StandInHomeserver;
  /** Between Switchboard and the homeserver, and between it and the customers' program. */
  readonly proxies: readonly [FaultProxy, FaultProxy];
  roomOf(place: Place): string;
  agentOf(place: Place): StandInAgent;
  /** What stands before several replicas. */
  readonly entrance: string | undefined;
  /** Rooms of conversations; a conversation that has two was taken apart. */
  rooms(): readonly string[];
}

const secret = 'a-secret-of-chaos-runs';
const signatureHeader = 'x-loopback-signature';
const prefix = '_switchboard_';
const domain = 'stand-in.test';
const tenants = ['tenant0', 'tenant1'];
/** The customer's first word, which opens the room; the run itself begins when an agent has joined it. */
const hello = 'hello';
/** Agents write no further ahead than this of what Switchboard has acknowledged. */
const longestBacklog = 50;
const setUpWithinMs = 180_000;

/** All of Switchboard between the strict stand-in homeserver, whose agents accept every offer, and customers on loopback. */
export async function createSwitchboardWorld(options: SwitchboardWorldOptions): Promise<SwitchboardWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-chaos-'));
  const wanted = options.shared?.replicas ?? 1;
  const [homeserverPort = 0, ...ports] = await freePorts(1 + 2 * wanted);
  const replicas = Array.from({ length: wanted }, (_, nth) => ({
    appservice: ports[2 * nth] ?? 0,
    http: ports[2 * nth + 1] ?? 0,
  }));
  const entrance = options.shared === undefined ? undefined : await openEntrance(replicas);
  const appservicePort = entrance?.appservicePort ?? replicas[0]?.appservice ?? 0;
  const httpPort = entrance?.httpPort ?? replicas[0]?.http ?? 0;
  const random = seededRandom(options.seed + 1);
  const registration = generateRegistration({
    id: 'switchboard',
    url: `http://127.0.0.1:${appservicePort}`,
    prefix,
    domain,
  });
  const sentPaths = new Set<string>();
  let sentAgain = 0;
  const homeserver = await startStandIn({
    registrations: [registration],
    serverName: domain,
    // One that is still free when it comes back on it.
    port: homeserverPort,
    secondMs: options.secondMs ?? 20,
    random,
    observe({ method, path }, fault) {
      const isTaken = fault === undefined || fault === 'answerLost' || fault === 'slow';
      if (method !== 'PUT' || !path.includes('/send/') || !isTaken) return;
      if (sentPaths.has(path)) sentAgain += 1;
      sentPaths.add(path);
    },
    hasDevices: options.hasDevices ?? true,
  });
  const forgetting = setInterval(() => {
    if (options.forgetTxnEveryMs !== undefined) homeserver.forgetTransactions();
  }, options.forgetTxnEveryMs ?? 60_000);
  const places = Array.from({ length: options.conversations }, (_, n) => ({
    tenant: tenants[n % tenants.length] ?? '',
    conversation: `c${n}`,
  }));
  const agents = new Map(tenants.map((tenant) => [tenant, homeserver.agent(`anna-${tenant}`)]));
  homeserver.world.listeners.add((event) => {
    const agent = [...agents.values()].find((one) => one.userId === event.state_key);
    if (agent === undefined || event.type !== 'm.room.member' || event.content['membership'] !== 'invite')
      return;
    setImmediate(() => agent.join(event.room_id));
  });

  const fails = createHiccups(options.faults.failEvery ?? 0, random);
  const customers = await startCustomersProgram(options.faults, random);
  const toHomeserver = await startFaultProxy(() => Number(new URL(homeserver.url).port));
  const toCustomers = await startFaultProxy(() => Number(new URL(customers.url).port));
  await writeFile(join(directory, 'registration.yaml'), registrationYaml(registration));
  await writeFile(
    join(directory, 'config.yaml'),
    stringify({
      homeservers: {
        main: { url: `http://127.0.0.1:${toHomeserver.port}`, domain, registration: 'registration.yaml' },
      },
      appservice: { port: appservicePort },
      http: { port: httpPort },
      store: {
        directory: options.dataDirectory ?? 'data',
        ...(options.shared === undefined
          ? {}
          : { kind: 'postgres', postgres: { url: options.shared.database, connections: 6 } }),
      },
      logging: { level: 'warn' },
      outgoing: { trustedOrigins: options.trustedOrigins ?? [] },
      sharedLines: options.sharedLines ?? {},
      tenants: Object.fromEntries(
        tenants.map((tenant) => [
          tenant,
          {
            ...tenantConfig(tenant, agents.get(tenant)?.userId ?? ''),
            ...(tenant === tenants[0] ? { identifiers: options.identifiers ?? [], ...options.tenant } : {}),
            sharedLines: Object.fromEntries(
              Object.keys(options.sharedLines ?? {}).map((line) => [line, { queue: 'support' }]),
            ),
            lines: {
              ...(tenant === tenants[0] ? options.lines : {}),
              loop: {
                channel: 'loopback',
                queue: 'support',
                parameters: { secret, callbackUrl: `http://127.0.0.1:${toCustomers.port}/${tenant}` },
              },
            },
          },
        ]),
      ),
    }),
  );

  const agent = new Agent({ keepAlive: true });
  const roomOf = new Map<string, string>();
  const placeOf = new Map<string, Place>();
  const statuses = new Set<number>();
  let closed = false;
  const nameOf = (place: Place): string => `${place.tenant}/${place.conversation}`;

  const say = async (
    place: Place,
    id: string,
    text: string,
    isEnough = (): boolean => false,
  ): Promise<void> => {
    const target = `/channels/loopback/${place.tenant}/loop/messages`;
    const body = { type: 'text', id, from: place.conversation, text };
    const signature = createHmac('sha256', secret)
      .update(`POST\n${target}\n`)
      .update(JSON.stringify(body))
      .digest('hex');
    await sendUntilTaken(
      async () => {
        const begun = performance.now();
        const url = `http://127.0.0.1:${httpPort}${target}`;
        const status = await send(agent, 'POST', url, body, { [signatureHeader]: signature });
        statuses.add(status);
        options.onAnswer?.({ status, begun, ended: performance.now() });
        return status;
      },
      () => closed || isEnough(),
    );
  };
  const ofCustomers = (): StoredEvent[] =>
    homeserver.events().filter(({ type, sender }) => type === 'm.room.message' && isGhost(sender));

  const targets = replicas.map(({ appservice, http }): ProcessUnderTest => ({
    command: process.execPath,
    args: [
      '--disable-proto=delete',
      '--disable-warning=DEP0060',
      ...(options.nodeArguments ?? []),
      fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
      '-c',
      join(directory, 'config.yaml'),
    ],
    env: { SWITCHBOARD__APPSERVICE__PORT: String(appservice), SWITCHBOARD__HTTP__PORT: String(http) },
    readyUrl: `http://127.0.0.1:${http}/ready`,
  }));
  const [target] = targets;
  if (target === undefined) throw new Error('a world needs a process');
  return {
    homeserver,
    proxies: [toHomeserver, toCustomers],
    roomOf: (place) => roomOf.get(nameOf(place)) ?? '',
    agentOf: (place) => {
      const found = agents.get(place.tenant);
      if (found === undefined) throw new Error(`no agent of ${place.tenant}`);
      return found;
    },
    retransmits: () => sentAgain + customers.retransmits,
    entrance: entrance?.kind,
    target,
    targets,
    places,
    async prepare() {
      const deadline = Date.now() + setUpWithinMs;
      const isLate = (): boolean => Date.now() > deadline;
      for (const place of places)
        await say(place, `${hello}-${nameOf(place)}`, `${hello} ${nameOf(place)}`, isLate);
      while (roomOf.size < places.length) {
        if (isLate())
          throw new Error(
            `${roomOf.size} of ${places.length} conversations have a room; webhooks were answered ${[...statuses].join(', ')}`,
          );
        for (const event of ofCustomers()) {
          const place = places.find((one) => event.content['body'] === `${hello} ${nameOf(one)}`);
          if (place === undefined) continue;
          placeOf.set(event.room_id, place);
          const anna = agents.get(place.tenant)?.userId ?? '';
          if (homeserver.world.rooms.get(event.room_id)?.membership(anna) === 'join')
            roomOf.set(nameOf(place), event.room_id);
        }
        await sleep(20);
      }
      await homeserver.drained(setUpWithinMs);
      addHiccups(homeserver, fails);
      addFaults(homeserver, options.faults);
    },
    customerSays: async (place, text) => say(place, `in-${text}`, text),
    async agentSays(place, text) {
      agents.get(place.tenant)?.send(roomOf.get(nameOf(place)) ?? '', text);
      while (homeserver.push.backlog > longestBacklog && !closed) await sleep(2);
    },
    seenByAgents: () =>
      ofCustomers().flatMap(({ room_id, content }) => {
        const text = String(content['body']);
        if (text.startsWith(`${hello} `)) return [];
        return [{ ...(placeOf.get(room_id) ?? { tenant: 'none', conversation: room_id }), text }];
      }),
    seenByCustomers: () => customers.seen,
    // Loopback recognises a repetition, so nothing is ever unclear.
    shownUnclear: () => [],
    rooms: () => [...new Set(ofCustomers().map(({ room_id }) => room_id))],
    heal() {
      homeserver.faults.clear();
      // These end by themselves, and a fast run has most of its sends still before it here.
      addHiccups(homeserver, fails);
      customers.heal();
      for (const proxy of [toHomeserver, toCustomers]) proxy.fault = undefined;
    },
    async close() {
      closed = true;
      clearInterval(forgetting);
      agent.destroy();
      await Promise.all([toHomeserver.close(), toCustomers.close()]);
      await homeserver.stop();
      await customers.close();
      await entrance?.close();
      await rm(directory, { recursive: true });
    },
  };
}

function isGhost(user: string): boolean {
  return user.startsWith(`@${prefix}`) && !user.startsWith(`@${prefix}bot:`);
}

function tenantConfig(tenant: string, agentUser: string): object {
  return {
    name: tenant,
    homeserver: 'main',
    // Here agents and customers do take turns as fast as they can.
    answersPerMinute: 0,
    agents: { anna: { user: agentUser, name: 'Anna', capacity: 1000 } },
    queues: { support: { name: 'Support', agents: ['anna'], offerSeconds: 86_400 } },
  };
}

function addHiccups(homeserver: StandInHomeserver, fails: Hiccups): void {
  homeserver.faults.add({
    // Not one that the transport repeats by itself: the outbox must.
    fault: { kind: 'status', status: 500 },
    when: ({ method, path }) => method === 'PUT' && path.includes('/send/') && fails(path),
  });
}

function addFaults(homeserver: StandInHomeserver, { busy, broken, cut }: PeerFaults): void {
  const when = ({ method }: { method: string }): boolean => method === 'PUT' || method === 'POST';
  homeserver.faults.add({ fault: { kind: 'limit', retryAfterMs: 30, where: 'body' }, share: busy, when });
  homeserver.faults.add({ fault: { kind: 'status', status: 502 }, share: broken, when });
  homeserver.faults.add({ fault: { kind: 'answerLost' }, share: cut, when });
}

/** Takes what customers are shown; knows what it has taken by its id. */
async function startCustomersProgram(
  faults: PeerFaults,
  random: () => number,
): Promise<{
  url: string;
  seen: readonly Seen[];
  readonly retransmits: number;
  heal(): void;
  close(): Promise<void>;
}> {
  const seen: Seen[] = [];
  const taken = new Set<string>();
  const fails = createHiccups(faults.failEvery ?? 0, random);
  let retransmits = 0;
  let { busy, broken, cut } = faults;
  const server = await startPeerServer((incoming, body, response) => {
    const chance = random();
    if (chance < busy + broken) {
      response.writeHead(chance < busy ? 429 : 500).end();
      return;
    }
    const { id, to, text } = body as { id: string; to: string; text?: string };
    const tenant = incoming.url?.slice(1) ?? '';
    if (text !== undefined && fails(`${tenant} ${id}`)) {
      response.writeHead(500).end();
      return;
    }
    if (text !== undefined && taken.has(`${tenant} ${id}`)) retransmits += 1;
    else if (text !== undefined) {
      taken.add(`${tenant} ${id}`);
      seen.push({ tenant, conversation: to, text });
    }
    if (chance < busy + broken + cut) response.destroy();
    else response.writeHead(200).end();
  });
  return {
    url: server.url,
    seen,
    get retransmits() {
      return retransmits;
    },
    heal() {
      busy = broken = cut = 0;
    },
    close: async () => server.close(),
  };
}
