import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../dev/free-ports.ts';
import { startCustomers, type Customers, type Network } from './customers.ts';
import type { BenchHomeserver, BenchHomeserverOptions } from './homeserver.ts';
import type { WalkedRecord } from '../../src/store/record-walk.ts';
import { copyConversations, readTemplates } from './copied-conversations.ts';
import { embeddedAccess, postgresAccess, type StoreAccess } from './store-access.ts';
import {
  mainOfThis,
  startSwitchboard,
  tenantName,
  together,
  type Ports,
  type SwitchboardOptions,
  type SwitchboardProcess,
} from './switchboard.ts';

export interface RigOptions {
  readonly network: Network;
  readonly fsync: boolean;
  /** How many there will be at most. */
  readonly conversations: number;
  readonly tenants: number;
  readonly agentsPerTenant: number;
  readonly main?: string;
  /** Connection URL of an empty database, for the store. */
  readonly postgres?: string;
  /** Processes on one database; default 1. */
  readonly replicas?: number;
  /** Of the customers of each tenant; default 64. */
  readonly customerConnections?: number;
  readonly startHomeserver: (options: BenchHomeserverOptions) => Promise<BenchHomeserver>;
}

/** Switchboard in a process of its own, or several; customers and homeserver in this one. */
export interface Rig {
  readonly customers: Customers;
  readonly homeserver: BenchHomeserver;
  /** Of the first process. */
  readonly inspectorPort: number;
  /** Config, log and the embedded store. */
  readonly directory: string;
  readonly httpPort: number;
  readonly store: StoreAccess;
  switchboard: SwitchboardProcess;
  /** Where a conversation is had. */
  tenantOf(conversation: number): string;
  roomOf(conversation: number): string;
  /** Opens conversations from `from` to below `to`: a first word, a room, an agent who took the offer. */
  populate(from: number, to: number): Promise<void>;
  /** Adds so many copies of each conversation that there was at the first call. Starts Switchboard anew. */
  fill(copies: number): Promise<void>;
  /** Starts Switchboard again on the same store; ends it before, unless told that it has ended. */
  restart(isRunning?: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Conversations that are being opened at once. */
const openedAtOnce = 64;

export async function startRig(options: RigOptions): Promise<Rig> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-bench-'));
  const replicas = options.replicas ?? 1;
  const ports: Ports[] = [];
  while (ports.length < replicas) {
    const [appservice = 0, http = 0, inspector = 0] = await freePorts(3);
    ports.push({ appservice, http, inspector });
  }
  const [first = { appservice: 0, http: 0, inspector: 0 }, ...others] = ports;
  const { network, fsync, tenants, agentsPerTenant } = options;
  const homeserver = await options.startHomeserver({
    appservicePort: first.appservice,
    ...(others.length === 0 ? {} : { morePorts: others.map(({ appservice }) => appservice) }),
    tenants,
    agentsPerTenant,
  });
  const customers = await startCustomers(
    network,
    [first.http, ...others.map(({ http }) => http)],
    options.customerConnections,
  );
  const settings: SwitchboardOptions = {
    ...(options.main === undefined ? {} : { main: options.main }),
    ...(options.postgres === undefined ? {} : { postgres: options.postgres }),
    directory,
    fsync,
    ports: first,
    network,
    customers,
    homeserver,
    // With room to spare, so that every conversation gets its agent at once.
    capacity: Math.min(1000, Math.ceil((options.conversations / tenants / agentsPerTenant) * 1.5) + 2),
  };
  const store =
    options.postgres === undefined
      ? embeddedAccess(join(directory, 'data'), settings.main ?? mainOfThis)
      : postgresAccess(options.postgres);
  const copied: { templates?: readonly WalkedRecord[]; count: number } = { count: 0 };
  const start = async (): Promise<SwitchboardProcess> => {
    const processes = [await startSwitchboard(settings)];
    for (const [n, more] of others.entries()) {
      const place = join(directory, `replica-${String(n + 2)}`);
      await mkdir(place, { recursive: true });
      processes.push(await startSwitchboard({ ...settings, directory: place, ports: more }));
    }
    return together(processes);
  };
  const rooms = new Map<number, string>();
  const joined = new Map<number, () => void>();
  homeserver.onShown((text, room) => {
    if (text.startsWith('hello ')) rooms.set(Number(text.slice(6)), room);
  });
  customers.onTold((_tenant, customer, text) => {
    if (text.startsWith('You are talking to')) joined.get(customer)?.();
  });
  const tenantOf = (conversation: number): string => tenantName(conversation % tenants);

  const rig: Rig = {
    customers,
    homeserver,
    inspectorPort: first.inspector,
    httpPort: first.http,
    directory,
    store,
    switchboard: await start(),
    tenantOf,
    roomOf: (conversation) => rooms.get(conversation) ?? '',
    async populate(from, to) {
      let next = from;
      const open = async (): Promise<void> => {
        while (next < to) {
          const conversation = next;
          next += 1;
          const taken = new Promise<void>((resolve) => joined.set(conversation, resolve));
          await customers.says(tenantOf(conversation), conversation, `hello ${String(conversation)}`);
          await within(taken, 60_000, `conversation ${String(conversation)} was not taken by an agent`);
          joined.delete(conversation);
        }
      };
      await Promise.all(Array.from({ length: openedAtOnce }, open));
    },
    async fill(copies) {
      await rig.switchboard.stop();
      copied.templates ??= await readTemplates(store);
      await copyConversations(store, copied.templates, copied.count, copied.count + copies);
      copied.count += copies;
      await rig.restart(false);
    },
    async restart(isRunning = true) {
      if (isRunning) await rig.switchboard.stop();
      rig.switchboard = await start();
    },
    async close() {
      await rig.switchboard.stop();
      await customers.close();
      await homeserver.stop();
      await rm(directory, { recursive: true });
    },
  };
  return rig;
}

export async function within<T>(promise: Promise<T>, ms: number, otherwise: string): Promise<T> {
  const patience = new AbortController();
  const late = sleep(ms, undefined, { signal: patience.signal }).then(
    () => {
      throw new Error(`${otherwise} within ${String(ms / 1000)} s`);
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    patience.abort();
  }
}
