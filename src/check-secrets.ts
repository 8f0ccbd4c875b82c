import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import { keptLines } from './directory/kept-line.ts';
import { keptParts } from './directory/kept/kept-part.ts';
import type { ProbeFinding } from './matrix/matrix-side.ts';
import { keyRingOf } from './open-secrets.ts';
import { operatorClient } from './operator-client.ts';
import { keyIdOf } from './secrets/secret-box.ts';
import { hooks } from './sessions/events/hook.ts';
import { holdDirectory, holdsEmbeddedStore } from './store/nedb/held-directory.ts';

const check = 'secrets';
const listed = z.object({ keys: z.array(z.object({ id: z.string(), texts: z.number() })) });
const sealedTexts = z.object({
  sealed: z.string().optional(),
  previous: z.object({ sealed: z.string() }).optional(),
});

const sealedCollections = [keptLines, keptParts, hooks].map(({ name }): string => name);

/** Of `--check`: whether the config has every key that something in the store is encrypted with. */
export async function checkSecrets(
  settings: Settings,
  isRunning: boolean,
): Promise<(ProbeFinding & { readonly skipped?: boolean })[]> {
  try {
    const keys = keyRingOf(settings).ids().all;
    const used = await usedKeys(settings, isRunning);
    if (typeof used === 'string') return [{ check, ok: true, skipped: true, detail: used }];
    const missing = [...used].filter((id) => !keys.includes(id));
    if (missing.length > 0) {
      const detail = `secrets in the store are encrypted with ${missing.join(', ')}, expected among secrets.keys`;
      return [{ check, ok: false, detail }];
    }
    const detail = used.size === 0 ? 'nothing is encrypted yet' : `keys in use: ${[...used].join(', ')}`;
    return [{ check, ok: true, detail }];
  } catch (error) {
    return [{ check, ok: false, detail: error instanceof Error ? error.message : String(error) }];
  }
}

/** Or why they cannot be told. */
async function usedKeys(settings: Settings, isRunning: boolean): Promise<ReadonlySet<string> | string> {
  if (isRunning) {
    if (settings.config.http.operatorToken === undefined)
      return 'not looked at: the Switchboard that runs tells it only with http.operatorToken';
    const { keys } = listed.parse(JSON.parse(await operatorClient(settings).ask('GET', ['secrets'])));
    return new Set(keys.filter(({ texts }) => texts > 0).map(({ id }) => id));
  }
  if (settings.postgres !== undefined) return 'not looked at: --secrets list tells it when Switchboard runs';
  return keysOfDirectory(settings.storeDirectory);
}

async function keysOfDirectory(directory: string): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  if (!(await holdsEmbeddedStore(directory))) return used;
  const held = holdDirectory(directory);
  try {
    for await (const { collection, json } of held.walk()) {
      if (!sealedCollections.includes(collection)) continue;
      const { sealed, previous } = sealedTexts.parse(JSON.parse(json));
      for (const text of [sealed, previous?.sealed])
        if (text !== undefined) used.add(keyIdOf(text) ?? 'an unknown key');
    }
    return used;
  } finally {
    held.release();
  }
}
