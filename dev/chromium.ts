import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { chromium, type Browser } from 'playwright-core';
import { aptInstall } from './apt.ts';

/** Where there is a browser to test with, or why there is none. */
export type ChromiumFound = { readonly path: string } | { readonly unavailable: string };

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** No sandbox, since tests may run as root; the rest keeps the browser from talking to anybody but us. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

let looking: Promise<ChromiumFound> | undefined;

/**
 * Finds Chromium (`CHROMIUM` names one), or installs Debian's package where we are root. Asked once a process.
 * `onProgress` gets a line before what takes long.
 */
export function ensureChromium(
  options: { readonly onProgress?: (line: string) => void } = {},
): Promise<ChromiumFound> {
  looking ??= look(options.onProgress ?? (() => undefined));
  return looking;
}

/** A headless browser. The caller closes it. @throws where there is none; ask {@link ensureChromium} first. */
export async function launchChromium(): Promise<Browser> {
  const found = await ensureChromium();
  if ('unavailable' in found) throw new Error(`No Chromium: ${found.unavailable}`);
  return chromium.launch({ executablePath: found.path, headless: true, args: flags });
}

async function look(progress: (line: string) => void): Promise<ChromiumFound> {
  const named = process.env['CHROMIUM'];
  if (named !== undefined && named !== '') {
    return (await executable(named)) ? { path: named } : { unavailable: `CHROMIUM=${named} is not there` };
  }
  const found = await installed();
  if (found !== undefined) return { path: found };
  if (process.getuid?.() !== 0)
    return { unavailable: 'not installed, and only root may install it (apt-get install chromium)' };
  progress('installing chromium by apt-get (once, about a minute)');
  const failure = await aptInstall(['chromium', 'fonts-noto-core', 'fonts-noto-color-emoji'], progress).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const path = await installed();
  return path === undefined
    ? { unavailable: `apt-get could not install it: ${failure ?? 'no such program afterwards'}` }
    : { path };
}

async function installed(): Promise<string | undefined> {
  for (const place of places) if (await executable(place)) return place;
  return undefined;
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
