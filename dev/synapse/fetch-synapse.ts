import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** An unpacked Synapse that can be started. */
export interface SynapseTree {
  readonly root: string;
  readonly version: string;
}

/** Where the unpacked tree is kept between runs, outside the checkout. Delete it to get a newer Synapse. */
export function synapseCache(): string {
  const cache = process.env['XDG_CACHE_HOME'];
  return join(
    cache === undefined || cache === '' ? join(homedir(), '.cache') : cache,
    'switchboard',
    'synapse',
  );
}

/**
 * Brings Synapse from Debian's packages (about 20 s, 40 MB), or finds it in the cache (at once). `SWITCHBOARD_SYNAPSE_ROOT`
 * names a tree that is there already. @throws {Error} that says in words why it cannot be had.
 */
export async function fetchSynapse(
  options: { readonly onProgress?: (line: string) => void } = {},
): Promise<SynapseTree> {
  const given = process.env['SWITCHBOARD_SYNAPSE_ROOT'];
  if (given !== undefined && given !== '') {
    if (!existsSync(join(given, 'usr/bin/python3')))
      throw new Error(`SWITCHBOARD_SYNAPSE_ROOT: ${given} is not an unpacked Synapse (no usr/bin/python3)`);
    return treeAt(given);
  }
  const root = synapseCache();
  if (!existsSync(join(root, 'version'))) await fetchTree(root, options.onProgress ?? (() => undefined));
  return treeAt(root);
}

function treeAt(root: string): SynapseTree {
  const file = join(root, 'version');
  return { root, version: existsSync(file) ? readFileSync(file, 'utf8').trim() : 'unknown' };
}

/** Waits before the second and the third try: a mirror changes between its index and the packages that the index names. */
const pausesMs = [10_000, 30_000];

async function fetchTree(root: string, onProgress: (line: string) => void): Promise<void> {
  for (let failed = 0; ; failed += 1) {
    try {
      await runScript(root, onProgress);
      return;
    } catch (error) {
      const pause = pausesMs[failed];
      if (pause === undefined) throw error;
      onProgress(
        `${error instanceof Error ? error.message : String(error)}; trying again in ${pause / 1000} s`,
      );
      await sleep(pause);
    }
  }
}

async function runScript(root: string, onProgress: (line: string) => void): Promise<void> {
  const script = join(import.meta.dirname, 'fetch-synapse.sh');
  const child = spawn('bash', [script, root], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-2000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    onProgress(`Synapse: ${line}`);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0)
    throw new Error(`Synapse cannot be fetched: ${errors.trim() || `exit code ${code ?? '?'}`}`);
}
