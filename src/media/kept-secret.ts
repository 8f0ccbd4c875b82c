import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** A secret of our own that must outlive restarts: made once, kept in a file that only its owner reads. */
export function keptSecret(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const made = randomBytes(32).toString('base64url');
  writeFileSync(`${file}.part`, `${made}\n`, { mode: 0o600 });
  renameSync(`${file}.part`, file);
  return made;
}
