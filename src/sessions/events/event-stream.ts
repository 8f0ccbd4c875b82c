import type { TenantId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import { readEvents, readHead, shownEvent } from './event-log.ts';
import type { EventTail } from './event-tail.ts';
import type { HappeningType } from './happening.ts';

export interface StreamWanted {
  /** Events after this position; undefined: from now on. */
  readonly after: number | undefined;
  /** Empty: all. */
  readonly types: readonly HappeningType[];
  readonly signal: AbortSignal;
}

const pageSize = 100;
/** So that proxies keep the connection, and both sides notice when it is gone. */
const heartbeatMs = 15_000;
/** How long clients wait before they come again. */
const retryMs = 2_000;

/**
 * A tenant's events as server-sent events, without end. The id of each is its position, so whoever comes again with the last one that
 * arrived misses none and gets none twice.
 */
export async function* eventStream(
  { store, tail }: { readonly store: Store; readonly tail: EventTail },
  tenant: TenantId,
  { after, types, signal }: StreamWanted,
): AsyncGenerator<string> {
  let position = after ?? (await readHead(store, tenant));
  // Whoever is cut off before anything came, or only what they did not ask for, comes again with this.
  yield `retry: ${String(retryMs)}\n${idLine(position)}\n`;
  let told = position;
  while (!signal.aborted) {
    const head = await readHead(store, tenant);
    const page = await readEvents(store, tenant, position, pageSize);
    // What is older than events are kept is gone, and a place that never was is nobody's: whoever asks for it is to know.
    const next = page[0]?.position ?? (head === position ? position + 1 : head + 1);
    if (next !== position + 1) {
      yield frame('stream.gap', next - 1, { after: position, next });
      position = told = next - 1;
    }
    for (const event of page) {
      position = event.position;
      if (types.length > 0 && !types.includes(event.type)) continue;
      yield frame(event.type, position, shownEvent(tenant, event));
      told = position;
    }
    if (page.length > 0) continue;
    if (await tail.beyond(tenant, position, heartbeatMs, signal)) continue;
    yield position === told ? ':\n\n' : `${idLine(position)}:\n\n`;
    told = position;
  }
}

function idLine(position: number): string {
  return `id: ${String(position)}\n`;
}

function frame(type: string, position: number, data: object): string {
  return `${idLine(position)}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
