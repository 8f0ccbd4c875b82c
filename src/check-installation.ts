import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChannelModule } from './channels/registry.ts';
import { checkPlaces } from './check-places.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkStore } from './check-store.ts';
import type { Settings } from './config/load-config.ts';
import { createDeclaredDirectory } from './directory/directory.ts';
import type { Tenant } from './directory/tenant.ts';
import { createAppserviceEndpoint } from './matrix/appservice/appservice-endpoint.ts';
import type { HomeserverSettings, ProbeFinding } from './matrix/matrix-side.ts';
import { probeHomeserver } from './matrix/probe.ts';
import { createHomeserverClient } from './matrix/transport/create-homeserver-client.ts';
import { createFileStorage } from './media/file-storage.ts';
import { createGuardedFetch } from './media/guarded-fetch.ts';
import { publicUrlOf } from './own-url.ts';
import type { Clock } from './platform/clock.ts';
import { silentLogger } from './platform/log.ts';
import { lineFetch } from './sessions/media-access.ts';
import { Lines } from './sessions/lines.ts';
import { openNedbStore } from './store/nedb/open-nedb-store.ts';
import { StoreUnavailable } from './store/store.ts';

/** One thing that was looked at; `skipped` where it could not be, for the reason in `detail`. */
export type Finding = ProbeFinding & { readonly skipped?: boolean };

const stopWithinMs = 1_000;

/**
 * `--check`: what the config file names, live, with the cure of what is wrong. Takes nothing up and keeps nothing: what a homeserver or a
 * network sends meanwhile is refused, so that it comes again. May run beside the Switchboard that it checks for.
 */
export async function checkInstallation(settings: Settings, clock: Clock): Promise<Finding[]> {
  const places = await checkPlaces(settings);
  const endpoint = createAppserviceEndpoint(
    settings.homeservers.map((homeserver) => ({ settings: homeserver, onTransaction: async () => refuse() })),
    { logger: silentLogger, clock },
  );
  // Where a Switchboard runs, homeservers reach that one.
  const listens = places.appservice === 'free';
  if (listens) await endpoint.start(settings.config.appservice);
  try {
    const homeservers = await Promise.all(settings.homeservers.map(async (each) => probe(each, clock)));
    const lines = await checkLines(settings, clock, places.isRunning);
    const ofStore = [...(await checkStore(settings)), ...(await checkSecrets(settings, places.isRunning))];
    return [...places.findings, ...ofStore, ...homeservers.flat(), ...lines];
  } finally {
    if (listens) await endpoint.stop(stopWithinMs);
  }
}

async function probe(settings: HomeserverSettings, clock: Clock): Promise<Finding[]> {
  const { url, registration } = settings;
  const client = createHomeserverClient({ url, asToken: registration.asToken, clock });
  try {
    const findings = await probeHomeserver(client, settings, { measureRateLimit: true });
    return findings.map((finding) => ({ ...finding, check: `${settings.id}: ${finding.check}` }));
  } finally {
    await client.close();
  }
}

async function checkLines(settings: Settings, clock: Clock, isRunning: boolean): Promise<Finding[]> {
  const { config } = settings;
  const skipped: Finding[] = [];
  const tenants = [settings.shared, ...settings.tenants].map((tenant): Tenant => {
    const lines = [...tenant.lines].filter(([id, { channel }]) => {
      if (!isRunning || findChannelModule(channel)?.holdsConnection !== true) return true;
      const detail =
        'not checked: the Switchboard that runs holds its connection; its log and /metrics tell how it is';
      skipped.push({ check: `${tenant.id}: line ${id}`, ok: true, skipped: true, detail });
      return false;
    });
    return { ...tenant, lines: new Map(lines) };
  });
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-check-'));
  const store = await openNedbStore({ directory, fsync: false, clock, logger: silentLogger });
  const { allowHttp, maxMiB } = config.media;
  const guardedFetch = createGuardedFetch({
    allowHttp,
    maxBytes: maxMiB * 1024 * 1024,
    logger: silentLogger,
  });
  const files = createFileStorage(join(directory, 'files'));
  const lines = new Lines({
    directory: createDeclaredDirectory(tenants),
    store,
    clock,
    logger: silentLogger,
    publicUrl: publicUrlOf(config.http, config.http.port),
    media: () => ({
      open: async () => refuse(),
      signedLink: () => refuse(),
      fetch: lineFetch(guardedFetch),
    }),
    files: (tenant, line) => files.of(tenant, line),
    accept: async () => refuse(),
    typing: () => undefined,
    stateChanged: () => undefined,
  });
  try {
    await lines.open();
    return [...(await lines.verify()), ...skipped];
  } finally {
    await lines.close();
    await guardedFetch.close();
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function refuse(): never {
  throw new StoreUnavailable('this is only a check: nothing is taken up');
}
