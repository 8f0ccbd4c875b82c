import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../dev/free-ports.ts';
import { nginxPath } from '../../dev/nginx/ensure-nginx.ts';

/** The program, where there is one: `NGINX` names it, else where distributions put it. None with `SWITCHBOARD_NO_NGINX=1`. */
export function findNginx(): string | undefined {
  if (process.env['SWITCHBOARD_NO_NGINX'] === '1') return undefined;
  return [process.env['NGINX'], nginxPath].find((path) => path !== undefined && existsSync(path));
}

export interface RunningNginx {
  readonly httpPort: number;
  readonly appservicePort: number;
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;

/** nginx with the example that operators are given, its addresses replaced by loopback's and without TLS. */
export async function startNginx(
  program: string,
  replicas: readonly { readonly appservice: number; readonly http: number }[],
): Promise<RunningNginx> {
  const directory = await mkdtemp(join(tmpdir(), 'switchboard-nginx-'));
  const [httpPort = 0, appservicePort = 0] = await freePorts(2);
  const example = await readFile(new URL('../../deploy/nginx.conf', import.meta.url), 'utf8');
  const config = example
    .replaceAll(/(?:\s*server 10\.\S+:(9010|9009) ([^;]*);)+/g, (_, kind: string, how: string) =>
      replicas
        .map(({ http, appservice }) => `\nserver 127.0.0.1:${kind === '9010' ? http : appservice} ${how};`)
        .join(''),
    )
    .replace('listen 443 ssl;', `listen 127.0.0.1:${httpPort};`)
    .replace('listen 10.0.0.10:9009;', `listen 127.0.0.1:${appservicePort};`)
    .replaceAll(/^\s*ssl_\S+ .*$/gm, '');
  if (/10\.0\.0|ssl/.test(config.replaceAll(/^\s*#.*$/gm, '')))
    throw new Error('deploy/nginx.conf is not as this test knows it');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${join(directory, what)};`,
  );
  await writeFile(
    join(directory, 'nginx.conf'),
    [
      'daemon off;',
      process.getuid?.() === 0 ? 'user root;' : '',
      `pid ${join(directory, 'pid')};`,
      'events {}',
      `http { access_log off; ${temporary.join(' ')}`,
      config,
      '}',
    ].join('\n'),
  );
  const child = spawn(program, ['-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-4000)));
  const deadline = Date.now() + readyWithinMs;
  const answers = async (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${appservicePort}/`).then(
      async (answer) => answer.text().then(() => true),
      () => false,
    );
  while (!(await answers())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`nginx did not start:\n${words}`);
    }
    await sleep(20);
  }
  return {
    httpPort,
    appservicePort,
    async stop() {
      const gone = once(child, 'exit');
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await gone;
      }
      await rm(directory, { recursive: true });
    },
  };
}
