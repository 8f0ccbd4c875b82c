import type { Accept } from '../../../src/delivery/accept.ts';
import { createDeclaredDirectory, type ChangingDirectory } from '../../../src/directory/directory.ts';
import { sharedTenant } from '../../../src/directory/shared-tenant.ts';
import { as, type LineId } from '../../../src/platform/ids.ts';
import { silentLogger, type Logger } from '../../../src/platform/log.ts';
import { KeyRing } from '../../../src/secrets/key-ring.ts';
import { SecretBox } from '../../../src/secrets/secret-box.ts';
import { makeSecretKey, readSecretKey, type SecretKey } from '../../../src/secrets/secret-key.ts';
import type { ConversationEvent } from '../../../src/sessions/conversation-event.ts';
import {
  createDirectoryDesk,
  type DirectoryDesk,
} from '../../../src/sessions/kept-directory/directory-desk.ts';
import type { DirectoryRules } from '../../../src/sessions/kept-directory/directory-rules.ts';
import {
  KeptDirectory,
  type KeptDirectoryOptions,
} from '../../../src/sessions/kept-directory/kept-directory.ts';
import { LineEndings } from '../../../src/sessions/kept-lines/line-endings.ts';
import type { Signals } from '../../../src/store/signals.ts';
import type { Store } from '../../../src/store/store.ts';
import { declaredBy, sharedLinesDeclared } from '../../fixtures/directory-rules.ts';
import { manualClock, type ManualClock } from '../../fixtures/manual-clock.ts';

export interface Replica {
  readonly desk: DirectoryDesk;
  readonly directory: ChangingDirectory;
  readonly clock: ManualClock;
  readonly store: Store;
  /** Events that were accepted for routing. */
  readonly events: object[];
  /** Of shared lines that the tenant shares no longer. */
  readonly endings: LineEndings;
  stop(): Promise<void>;
}

/** Keys that can be changed, and what seals with the first of them. */
export function newKeys(...ids: readonly string[]) {
  let keys = ids.map(newKey);
  const ring = new KeyRing({
    read: () => ({ first: keys[0], all: keys }),
    cure: 'a key must be given',
  });
  return {
    ring,
    box: new SecretBox(ring),
    change(to: (now: readonly SecretKey[]) => SecretKey[]): void {
      keys = to(keys);
      ring.reload();
    },
  };
}

export function newKey(id: string): SecretKey {
  return readSecretKey(id, makeSecretKey())!;
}

/** The directory as one process has it, with the desk at which it is changed. */
export async function openReplica(options: {
  readonly store: Store;
  readonly file: Readonly<Record<string, object>>;
  readonly box?: SecretBox;
  readonly signals?: (Signals & { close(): Promise<void> }) | undefined;
  readonly changed?: KeptDirectoryOptions['changed'];
  readonly logger?: Logger;
  /** In the place of what the product makes of the file. */
  readonly rules?: DirectoryRules;
}): Promise<Replica> {
  const { store, file, box = newKeys('only').box, signals, logger = silentLogger } = options;
  const clock = manualClock();
  const { rules: rulesOfFile, tenants } = declaredBy(file);
  const { rules = rulesOfFile } = options;
  const shared = sharedTenant(new Map(sharedLinesDeclared.map((id) => [as<LineId>(id), lineOf(id)])), {
    ledgerMs: 86_400_000,
  });
  const directory = createDeclaredDirectory([shared, ...tenants]);
  const events: object[] = [];
  const parts = { directory, store, rules, box, clock, logger };
  const kept = new KeptDirectory({
    ...parts,
    ...(signals === undefined ? {} : { signals }),
    changed: options.changed ?? (async () => undefined),
  });
  await kept.load();
  kept.watch();
  const accept: Accept<ConversationEvent> = async (tenant, entries, { writes = [] } = {}) => {
    if (writes.length > 0) await store.commit(tenant, writes);
    events.push(...entries.map(({ event }) => event));
    return { accepted: entries.length, duplicates: 0 };
  };
  const desk = createDirectoryDesk({ ...parts, kept, accept });
  return {
    desk,
    directory,
    clock,
    store,
    events,
    endings: new LineEndings({ ...parts, accept }),
    async stop() {
      await kept.stop();
      await signals?.close();
    },
  };
}

function lineOf(id: string) {
  return {
    id: as<LineId>(id),
    channel: 'loopback',
    displayName: id,
    queue: as<never>(''),
    onUnclear: 'ask' as const,
    parameters: { secret: 'a secret of the test' },
  };
}
