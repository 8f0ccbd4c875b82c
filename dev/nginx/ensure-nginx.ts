import { ensureDebianPackage } from '../debian-package.ts';

/** Where distributions put it. */
export const nginxPath = '/usr/sbin/nginx';

/** Finds nginx or installs it: see {@link ensureDebianPackage}. `SWITCHBOARD_NO_NGINX=1` makes it unavailable. */
export async function ensureNginx(
  options: { readonly onProgress?: (line: string) => void } = {},
): ReturnType<typeof ensureDebianPackage> {
  return ensureDebianPackage({
    name: 'nginx',
    path: nginxPath,
    packages: ['nginx'],
    forbiddenBy: 'SWITCHBOARD_NO_NGINX',
    ...options,
  });
}
