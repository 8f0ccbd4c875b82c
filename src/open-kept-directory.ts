import type { Accept } from './delivery/accept.ts';
import { accountsOf, type ChangingDirectory } from './directory/directory.ts';
import type { Tenant } from './directory/tenant.ts';
import type { Clock } from './platform/clock.ts';
import type { TenantId } from './platform/ids.ts';
import type { Logger } from './platform/log.ts';
import type { SecretBox } from './secrets/secret-box.ts';
import type { ConversationEvent } from './sessions/conversation-event.ts';
import { openDesksOf } from './sessions/desk/open-desks.ts';
import { createDirectoryDesk, type DirectoryDesk } from './sessions/kept-directory/directory-desk.ts';
import type { DirectoryRules } from './sessions/kept-directory/directory-rules.ts';
import { KeptDirectory } from './sessions/kept-directory/kept-directory.ts';
import type { Signals } from './store/signals.ts';
import type { Store } from './store/store.ts';

/** What operators add to the directory by REST: brought from the store to all who use it, and changed at the desk. */
export function openKeptDirectory(parts: {
  readonly directory: ChangingDirectory;
  readonly store: Store;
  readonly rules: DirectoryRules;
  readonly box: SecretBox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly accept: Accept<ConversationEvent>;
  /** The tenant has changed: its lines may be usable now. */
  readonly linesOf: (tenant: TenantId) => Promise<void>;
  readonly signals?: Signals;
}): { readonly desk: DirectoryDesk } & Pick<KeptDirectory, 'load' | 'watch' | 'stop'> {
  const { store, accept, linesOf } = parts;
  const kept = new KeptDirectory({
    ...parts,
    changed: async (id, before, now) => {
      await linesOf(id);
      if (now !== undefined) await openDesksOf({ store, accept }, now, newAccounts(before, now));
    },
  });
  return {
    desk: createDirectoryDesk({ ...parts, kept }),
    load: async () => kept.load(),
    watch: () => {
      kept.watch();
    },
    stop: async () => kept.stop(),
  };
}

function newAccounts(before: Tenant | undefined, now: Tenant) {
  return [...now.agents.values()].filter((agent) => {
    const former = before?.agents.get(agent.id);
    return former === undefined || accountsOf(former).join(' ') !== accountsOf(agent).join(' ');
  });
}
