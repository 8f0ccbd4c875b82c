import type { TenantId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import { readEvents, readHead, shownEvent, type LoggedEvent } from './event-log.ts';
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
  yield `retry: ${String(retryMs)}\n\n`;
  while (!signal.aborted) {
    const head = await readHead(store, tenant);
    const page = await readEvents(store, tenant, position, pageSize);
    // What is older than events are kept is gone, and a place that never was is nobody's: whoever asks for it is to know.
    const next = page[0]?.position ?? (head === position ? position + 1 : head + 1);
    if (next !== position + 1) {
      yield frame('stream.gap', undefined, { after: position, next });
      position = next - 1;
    }
    for (const event of page) {
      position = event.position;
      if (types.length === 0 || types.includes(event.type))
        yield frame(event.type, event, shownEvent(tenant, event));
    }
    if (page.length > 0) continue;
    if (!(await tail.beyond(tenant, position, heartbeatMs, signal))) yield ':\n\n';
  }
}

function frame(type: string, event: LoggedEvent | undefined, data: object): string {
  const id = event === undefined ? '' : `id: ${String(event.position)}\n`;
  return `${id}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}
