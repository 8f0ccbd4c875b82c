import type { Settings } from './config/load-config.ts';
import { postgresFailure } from './postgres-failure.ts';

/** Why Switchboard could not start, where the person at the keyboard can do something about it. */
export function startFailure(settings: Settings, error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'StoreInUse' || error.name === 'StoreDamaged' || error.name === 'BadKeyFile')
    return error.message;
  const ofPostgres = postgresFailure(settings, error);
  if (ofPostgres !== undefined) return `${settings.file}: ${ofPostgres}`;
  if (!('code' in error) || typeof error.code !== 'string') return undefined;
  const { code } = error;
  if ('syscall' in error && error.syscall === 'listen' && 'port' in error) {
    const group = error.port === settings.config.http.port ? 'http' : 'appservice';
    return `${settings.file}: ${listenFailure(settings, group, code)}`;
  }
  const isOfStore =
    'path' in error && typeof error.path === 'string' && error.path.startsWith(settings.storeDirectory);
  return isOfStore ? `${settings.file}: ${storeFailure(settings, code)}` : undefined;
}

/** What is wrong with a port or address of the config file; `code` is what the system said (`EADDRINUSE`). */
export function listenFailure(
  { config }: Pick<Settings, 'config'>,
  group: 'http' | 'appservice',
  code: string,
): string {
  const { host, port } = config[group];
  if (code === 'EADDRINUSE')
    return `${group}.port: found ${String(port)}, which another process listens on, expected a free port`;
  if (code === 'EACCES')
    return `${group}.port: found ${String(port)}, on which this user may not listen, expected one from 1024 on`;
  return `${group}.host: found ${host} (${code}), expected an address of this machine`;
}

export function storeFailure({ storeDirectory }: Pick<Settings, 'storeDirectory'>, code: string): string {
  return `store.directory: found ${storeDirectory}, where this user cannot write (${code}), expected a directory of its own`;
}
