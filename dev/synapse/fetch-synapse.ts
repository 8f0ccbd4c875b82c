import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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
  if (!existsSync(join(root, 'version'))) await runScript(root, options.onProgress ?? (() => undefined));
  return treeAt(root);
}

function treeAt(root: string): SynapseTree {
  const file = join(root, 'version');
  return { root, version: existsSync(file) ? readFileSync(file, 'utf8').trim() : 'unknown' };
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
