import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text: a file that was changed after it was applied is refused. */
  readonly checksum: string;
}

const namePattern = /^(\d{4})-[a-z0-9-]+\.sql$/;

/** The numbered files of this folder, in order, without a gap. Files are only ever added. */
export async function readMigrations(folder = join(import.meta.dirname, 'migrations')): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name, at): Promise<Migration> => {
      const number = Number(namePattern.exec(name)?.[1]);
      if (number !== at + 1) throw new Error(`${join(folder, name)}: expected migration number ${at + 1}`);
      const sql = await readFile(join(folder, name), 'utf8');
      return { number, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}
