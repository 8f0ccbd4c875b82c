import { ensureDebianPackage } from '../debian-package.ts';

/** Where Debian puts what we start. */
export const prosodyPath = '/usr/bin/prosody';

/** Finds Prosody or installs it: see {@link ensureDebianPackage}. `SWITCHBOARD_NO_PROSODY=1` makes it unavailable. */
export async function ensureProsody(
  options: { readonly onProgress?: (line: string) => void } = {},
): ReturnType<typeof ensureDebianPackage> {
  return ensureDebianPackage({
    name: 'Prosody',
    path: prosodyPath,
    packages: ['prosody', 'prosody-modules'],
    forbiddenBy: 'SWITCHBOARD_NO_PROSODY',
    ...options,
  });
}
