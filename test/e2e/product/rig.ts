import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildWeb } from '../../../dev/build-web.ts';
import { startSwitchboardProcess, type SwitchboardProcess } from '../../../dev/demo/switchboard-process.ts';
import { freePorts } from '../../../dev/free-ports.ts';
import { startProsody, type RunningProsody } from '../../../dev/prosody/start-prosody.ts';
import { componentSecret, startEnterprise, type Enterprise, type EnterpriseOptions } from './enterprise.ts';
import { sharedDomain, startSharedLines, type SharedLines } from './shared-lines.ts';
import { until } from './until.ts';

export interface RigOptions {
  /** By tenant id. Each has a homeserver of its own. */
  readonly tenants: Readonly<Record<string, EnterpriseOptions>>;
  /** Names of customers with an XMPP app; without them there is no XMPP server and no XMPP line. */
  readonly xmppUsers?: readonly string[];
  /** Lines that all of them share, with the REST API. */
  readonly sharing?: boolean;
  /** Servers that services may ask on this machine. */
  readonly trustedOrigins?: readonly string[];
}

/** Real servers around a Switchboard that runs as its own process, as an operator would run it. */
export interface Rig {
  readonly prosody: RunningProsody | undefined;
  readonly publicUrl: string;
  /** Where there are lines that all tenants share. */
  readonly shared: SharedLines | undefined;
  /** Where the homeservers push. */
  readonly appserviceUrl: string;
  readonly configFile: string;
  enterprise(tenant: string): Enterprise;
  /** SIGTERM; gives the exit code and how long it took. */
  stopSwitchboard(): Promise<{ readonly code: number | null; readonly tookMs: number }>;
  /** SIGKILL. */
  killSwitchboard(): Promise<void>;
  startSwitchboard(): Promise<void>;
  /** What it has asked its homeservers since it started: names of requests, and how many of each (from /metrics). */
  asked(): Promise<ReadonlyMap<string, number>>;
  /** What it has logged so far, of all its runs. */
  log(): string;
  stop(): Promise<void>;
}

/** Numbers of customers, as all our suites make them. Not inside an id: of many random ones one would hold such digits, some day. */
const anyNumber = /(?<![\da-f])1555\d{7}(?![\da-f])/;

const connectedXmppLine = /^switchboard_line_state\{.*channel="xmpp".*state="connected".*\} 1$/gm;

function mustBeClean(log: string, secrets: readonly string[]): void {
  const found = secrets.filter((secret) => log.includes(secret));
  if (found.length > 0) throw new Error(`${String(found.length)} secrets are in the log`);
  const line = log.split('\n').find((each) => anyNumber.test(each));
  if (line !== undefined) throw new Error(`a number is in the log: ${line}`);
}

export async function startRig(options: RigOptions): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-product-'));
  const undo: (() => Promise<unknown> | undefined)[] = [];
  const tidyUp = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const action of undo.reverse())
      await Promise.resolve(action()).catch((error: unknown) => failures.push(error));
    rmSync(directory, { recursive: true, force: true });
    if (failures.length > 0) throw failures[0];
  };
  try {
    const [appservicePort = 0, httpPort = 0] = await freePorts(2);
    const publicUrl = `http://127.0.0.1:${String(httpPort)}`;
    const appserviceUrl = `http://127.0.0.1:${String(appservicePort)}`;
    const ids = Object.keys(options.tenants);
    const isSharing = options.sharing === true;
    const prosody =
      options.xmppUsers === undefined
        ? undefined
        : await startProsody({
            components: [...ids.map((id) => `${id}.localhost`), ...(isSharing ? [sharedDomain] : [])].map(
              (domain) => ({ domain, secret: componentSecret }),
            ),
            users: options.xmppUsers.map((name) => ({ name, password: `password of ${name}` })),
          });
    undo.push(async () => prosody?.stop());
    const shared = isSharing ? await startSharedLines(publicUrl, prosody) : undefined;
    undo.push(async () => shared?.twilio.close());
    await buildWeb();
    const enterprises = new Map<string, Enterprise>();
    for (const [id, wanted] of Object.entries(options.tenants)) {
      const index = enterprises.size;
      const place = { id, index, directory, publicUrl, appserviceUrl, prosody };
      const enterprise = await startEnterprise(place, wanted);
      undo.push(async () => enterprise.stop());
      enterprises.set(id, enterprise);
    }
    const all = [...enterprises.values()];
    const configFile = join(directory, 'config.yaml');
    writeFileSync(
      configFile,
      stringify({
        homeservers: Object.fromEntries(all.map(({ id, homeserver }) => [id, homeserver])),
        appservice: { port: appservicePort },
        http: {
          port: httpPort,
          ...(shared === undefined ? {} : { operatorToken: shared.operatorToken }),
        },
        ...(shared === undefined ? {} : { sharedLines: shared.lines }),
        outgoing: { trustedOrigins: options.trustedOrigins ?? [] },
        store: { directory: join(directory, 'data') },
        tenants: Object.fromEntries(
          all.map(({ id, tenant }) => [
            id,
            shared === undefined ? tenant : { ...tenant, sharedLines: shared.uses },
          ]),
        ),
      }),
    );
    const log = join(directory, 'switchboard.log');
    const metrics = async (): Promise<string> => (await fetch(`${publicUrl}/metrics`)).text();
    const xmppLines = prosody === undefined ? 0 : ids.length + (isSharing ? 1 : 0);
    let switchboard: SwitchboardProcess | undefined;
    undo.push(async () => switchboard?.stop());
    const start = async (): Promise<void> => {
      switchboard = await startSwitchboardProcess({ config: configFile, httpPort, log });
      // It is ready before: until then the XMPP server gives back what customers write.
      await until(
        'the lines to be connected',
        async () => ((await metrics()).match(connectedXmppLine) ?? []).length === xmppLines,
      );
    };
    await start();
    // They are made after the start, beside all else: a test that counts rooms or memberships begins with all of them.
    await Promise.all(all.flatMap((enterprise) => enterprise.hasDesks()));

    const readLog = (): string => readFileSync(log, 'utf8');
    // Security row S17, after every suite that has a product: undone first, so that it is looked at while all is there.
    undo.push(async () => {
      await switchboard?.stop();
      switchboard = undefined;
      mustBeClean(readLog(), [
        ...all.flatMap((enterprise) => enterprise.secrets),
        ...(shared?.secrets ?? []),
      ]);
    });

    return {
      prosody,
      publicUrl,
      shared,
      appserviceUrl,
      configFile,
      enterprise(tenant) {
        const found = enterprises.get(tenant);
        if (found === undefined) throw new Error(`no enterprise ${tenant}`);
        return found;
      },
      async stopSwitchboard() {
        const began = performance.now();
        const code = (await switchboard?.stop()) ?? null;
        switchboard = undefined;
        return { code, tookMs: performance.now() - began };
      },
      async killSwitchboard() {
        await switchboard?.kill();
        switchboard = undefined;
      },
      async startSwitchboard() {
        await start();
      },
      async asked() {
        const counts = (await metrics()).matchAll(
          /^\S*homeserver_request_seconds_count\{.*?method="([^"]+)".*?\} (\d+)$/gm,
        );
        return new Map([...counts].map(([, name = '', count]) => [name, Number(count)]));
      },
      log: readLog,
      stop: tidyUp,
    };
  } catch (error) {
    await tidyUp();
    throw error;
  }
}
