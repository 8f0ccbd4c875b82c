import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to be root: as root we run it as the user that its package made, or as nobody. */
export async function serverUser(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwords = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const line = passwords.split('\n').find((one) => one.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody');
}

/** `setpriv` keeps the server our child and lets the kernel end it when we die; its own children see that and end too. */
export function asServerUser(owner: Owner | undefined): string[] {
  const user = owner === undefined ? [] : [`--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  if (existsSync('/usr/bin/setpriv')) return ['setpriv', ...user, '--pdeathsig=QUIT'];
  if (owner === undefined) return [];
  throw new Error('PostgreSQL does not run as root, and setpriv (package util-linux) is missing');
}
