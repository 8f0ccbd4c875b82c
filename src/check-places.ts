import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import type { ProbeFinding } from './matrix/matrix-side.ts';
import { ownUrl } from './own-url.ts';
import { listenFailure, storeFailure } from './start-failure.ts';

/** What is at an address of ours: nobody, somebody, or a reason why nobody of us can be there. */
type Place = 'free' | 'taken' | { readonly code: string };

export interface Places {
  readonly findings: readonly ProbeFinding[];
  readonly appservice: Place;
  /** A Switchboard answers at `http.host` and `http.port`. */
  readonly isRunning: boolean;
}

const answerWithinMs = 5_000;
const health = z.object({ status: z.literal('alive') });

/** Whether Switchboard can listen and write where the config file says; or already does. */
export async function checkPlaces(settings: Settings): Promise<Places> {
  const { config } = settings;
  const [http, appservice] = await Promise.all([look(config.http), look(config.appservice)]);
  const isRunning = http === 'taken' && (await isSwitchboard(config.http));
  const finding = (group: 'http' | 'appservice', place: Place): ProbeFinding => {
    const { host, port } = config[group];
    const check = `${group} port`;
    if (place === 'free') return { check, ok: true, detail: `${host}:${String(port)} is free` };
    if (place === 'taken' && isRunning)
      return { check, ok: true, detail: `Switchboard runs, and listens on ${host}:${String(port)}` };
    return {
      check,
      ok: false,
      detail: listenFailure(settings, group, place === 'taken' ? 'EADDRINUSE' : place.code),
    };
  };
  return {
    findings: [finding('http', http), finding('appservice', appservice), checkDirectory(settings)],
    appservice,
    isRunning,
  };
}

async function look({ host, port }: { readonly host: string; readonly port: number }): Promise<Place> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRINUSE' ? 'taken' : { code: error.code ?? error.message });
    });
    server.listen(port, host, () => server.close(() => resolve('free')));
  });
}

async function isSwitchboard(at: Settings['config']['http']): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${ownUrl(at)}/health`, {
      headersTimeout: answerWithinMs,
      bodyTimeout: answerWithinMs,
    });
    if (statusCode !== 200) return false;
    return health.safeParse(await body.json()).success;
  } catch {
    return false;
  }
}

/** The directory, or what it would be made in. */
function checkDirectory(settings: Settings): ProbeFinding {
  const check = 'store';
  let place = settings.storeDirectory;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return { check, ok: true, detail: `${settings.storeDirectory} can be written` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { check, ok: false, detail: storeFailure(settings, code) };
  }
}
