import type { Directory } from '../../directory/directory.ts';
import { tenantKind, type Part } from '../../directory/kept/kept-part.ts';
import { as, type TenantId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import { endOfLine } from '../kept-lines/line-end.ts';
import { effectsOnAgent } from './agent-part-effects.ts';
import type { PartEffects } from './part-effects.ts';
import { mustBeEmpty, mustBeIdle, mustNotBeOfLines } from './part-hindrances.ts';

const nothing: PartEffects = { entries: [], writes: [] };

/**
 * `before`: absent of a new part; `after`: absent of one that goes. Also of a tenant that cannot be used at the moment: what hangs on its parts
 * is there all the same.
 * @throws {PartNotChanged} where something hangs on it
 */
export async function effectsOf(
  about: { readonly store: Store; readonly directory: Directory; readonly now: number },
  tenant: TenantId,
  before: Part | undefined,
  after: Part | undefined,
): Promise<PartEffects> {
  const { store, directory, now } = about;
  if (before !== undefined && after === undefined) {
    switch (before.kind) {
      case tenantKind:
        await mustBeIdle(store, tenant, directory.tenant(tenant));
        return nothing;
      case 'queues':
        await mustBeEmpty(store, tenant, as(before.name));
        return nothing;
      case 'services':
        await mustNotBeOfLines(store, tenant, 'service', before.name);
        return nothing;
      case 'shared-lines':
        return { entries: [], writes: [endOfLine(as(before.name), now)] };
    }
  }
  if ((before ?? after)?.kind !== 'agents') return nothing;
  return effectsOnAgent(store, directory.tenant(tenant), before, after);
}
