import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Settings } from './config/load-config.ts';
import { crashPoint } from './platform/crash-point.ts';
import type { Logger } from './platform/log.ts';
import { postgresFailure } from './postgres-failure.ts';
import { madeKeyFile } from './secrets/made-key.ts';
import { copyRecords } from './store/copy-records.ts';
import { holdDirectory, holdsEmbeddedStore, type HeldDirectory } from './store/nedb/held-directory.ts';
import { openMoveTarget, type MoveTarget } from './store/postgres/open-move-target.ts';
import { mustBeStorableId } from './store/postgres/storable.ts';
import type { RecordWalk, WalkedRecord } from './store/record-walk.ts';
import { digestCollections, unlikeCollections, type CollectionDigest } from './store/record-digest.ts';

/**
 * `--move-store`: brings the records of an embedded store into the PostgreSQL of the config file, and checks that they arrived. Run
 * again after any end, it goes on. Gives the exit code. `from`: the directory, that of the config file unless given.
 */
export async function runMoveCommand(
  settings: Settings,
  { from, logger }: { readonly from?: string; readonly logger: Logger },
): Promise<number> {
  const { file, postgres } = settings;
  if (postgres === undefined) {
    console.error(`${file}: store.kind: found embedded, expected postgres: the engine to move to`);
    return 2;
  }
  const directory = from === undefined ? settings.storeDirectory : resolve(from);
  const path = from === undefined ? `${file}: store.directory` : '--from';
  let source: HeldDirectory | undefined;
  let target: MoveTarget | undefined;
  try {
    if (!(await holdsEmbeddedStore(directory))) {
      console.error(`${path}: found ${directory}, where no embedded store is, expected its directory`);
      return 2;
    }
    source = holdDirectory(directory);
    const wanted = await readSource(source);
    target = await openMoveTarget({ ...postgres, logger }, directory);
    return await move(source, wanted, target, settings, directory);
  } catch (error) {
    const known = error instanceof Error && ['StoreInUse', 'StoreDamaged', 'Immovable'].includes(error.name);
    const said = known ? error.message : (ofPostgres(settings, error) ?? noAccess(path, directory, error));
    if (said === undefined) throw error;
    console.error(said);
    return 1;
  } finally {
    await target?.close();
    source?.release();
  }
}

/** A record that PostgreSQL would not take. */
class Immovable extends Error {
  override readonly name = 'Immovable';
}

/** Before anything is written: what there is, and whether all of it can be moved. */
async function readSource(source: HeldDirectory): Promise<CollectionDigest[]> {
  return digestCollections(movable(source.walk()));
}

async function* movable(walk: RecordWalk): AsyncGenerator<WalkedRecord> {
  for await (const record of walk) {
    try {
      mustBeStorableId(record.collection, record.id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Immovable(
        `tenant ${record.tenant}: PostgreSQL cannot hold a record: ${reason}. Nothing was moved.`,
      );
    }
    yield record;
  }
}

function ofPostgres(settings: Settings, error: unknown): string | undefined {
  const failure = postgresFailure(settings, error);
  return failure === undefined ? undefined : `${settings.file}: ${failure}`;
}

function noAccess(path: string, directory: string, error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code !== 'EACCES' && code !== 'EROFS') return undefined;
  return `${path}: found ${directory}, which this user may not lock or read (${code}), expected to run as the user that runs Switchboard`;
}

const mostProgressLines = 50;

async function move(
  source: HeldDirectory,
  wanted: readonly CollectionDigest[],
  target: MoveTarget,
  settings: Settings,
  directory: string,
): Promise<number> {
  const total = wanted.reduce((sum, { records }) => sum + records, 0);
  const tenants = new Set(wanted.map(({ tenant }) => tenant)).size;
  console.log(
    `${target.resumed ? 'Going on with the move' : 'Moving'}: ${total} records of ${tenants} tenants, from ${directory}`,
  );
  let shown = 0;
  const { written, removed, alike } = await copyRecords(source.walk(), target, (soFar) => {
    const done = soFar.written + soFar.alike;
    if (done < total && done - shown < total / mostProgressLines) return;
    shown = done;
    console.log(`  ${done} of ${total}`);
  });
  console.log(
    `Written: ${written}${alike > 0 ? `; there already: ${alike}` : ''}${removed > 0 ? `; removed: ${removed}` : ''}. Reading both sides anew …`,
  );
  const [before, after] = [await digestCollections(source.walk()), await digestCollections(target.walk())];
  const unlike = unlikeCollections(before, after);
  const failed = new Set(unlike.map(({ left, right }) => nameOf(left ?? right)));
  for (const one of before)
    console.log(`${failed.has(nameOf(one)) ? 'FAIL' : 'ok  '} ${nameOf(one)}: ${describe(one)}`);
  for (const { left, right } of unlike)
    console.error(
      `${nameOf(left ?? right)}: found ${describe(right)} in PostgreSQL, expected ${describe(left)}`,
    );
  if (unlike.length > 0) {
    console.error(
      'The move has not finished, and Switchboard does not start on it. Run the same command again.',
    );
    return 1;
  }
  crashPoint('move-before-end');
  await target.finish();
  console.log(nextSteps(settings, directory, total));
  return 0;
}

function nameOf(digest: CollectionDigest | undefined): string {
  return `${digest?.tenant ?? ''} ${digest?.collection ?? ''}`;
}

function describe(digest: CollectionDigest | undefined): string {
  return digest === undefined ? 'nothing' : `${digest.records} records, ${digest.digest.slice(0, 16)}`;
}

function nextSteps(settings: Settings, directory: string, total: number): string {
  const { storeDirectory } = settings;
  const others =
    directory === storeDirectory
      ? []
      : ['files', 'link-secret', madeKeyFile]
          .map((name) => join(directory, name))
          .filter((path) => existsSync(path));
  const elsewhere =
    others.length === 0
      ? []
      : [
          `Copy what is no record: mkdir -p ${storeDirectory} && cp -a ${others.join(' ')} ${storeDirectory}/`,
        ];
  return [
    `Moved: ${total} records are in PostgreSQL as they were; ${directory} was not changed.`,
    'Next:',
    ...[
      ...elsewhere,
      'Start Switchboard with this config file.',
      `When it works, put ${directory}/journal-* and checkpoint-* away as a backup: never start on them again, they are the past.`,
      `Keep ${storeDirectory} all the same: files and the link secret stay there.`,
    ].map((step, at) => `  ${at + 1}. ${step}`),
  ].join('\n');
}
