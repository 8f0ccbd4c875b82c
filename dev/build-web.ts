import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'src/web/client');
const built = join(root, 'dist/web/widget.js');

let running: Promise<boolean> | undefined;

/** Builds what browsers load, if it is missing or older than its source; takes about a second. True if it had to. */
export function buildWeb(options: { readonly onProgress?: (line: string) => void } = {}): Promise<boolean> {
  running ??= buildIfOutdated(options.onProgress ?? (() => undefined)).finally(() => {
    running = undefined;
  });
  return running;
}

async function buildIfOutdated(progress: (line: string) => void): Promise<boolean> {
  const [made, changed] = await Promise.all([modified(built), newest(source)]);
  if (made > changed) return false;
  progress('building the web chat');
  await build({ configFile: join(source, 'vite.config.ts'), logLevel: 'error' });
  return true;
}

async function newest(directory: string): Promise<number> {
  const files = await readdir(directory, { recursive: true });
  return Math.max(...(await Promise.all(files.map((file) => modified(join(directory, file))))));
}

async function modified(file: string): Promise<number> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await buildWeb()) ? 'built dist/web' : 'dist/web is up to date');
}
