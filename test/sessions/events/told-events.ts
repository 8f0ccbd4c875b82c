import { expect } from 'vitest';
import { eventAnswer } from '../../../src/api/events/event-answer.ts';
import { readEvents, shownEvent, type LoggedEvent } from '../../../src/sessions/events/event-log.ts';
import type { HappeningType } from '../../../src/sessions/events/happening.ts';
import { acme, type World } from '../world.ts';

/** What the tenant's programs are told, each held to the document of the REST API; of these types, all unless given. */
export async function toldEvents(
  { store }: World,
  types: readonly HappeningType[] = [],
  tenant = acme,
): Promise<LoggedEvent[]> {
  const events = await readEvents(store, tenant, 0, 1000);
  for (const event of events) {
    const shown = shownEvent(tenant, event);
    // Nothing that is not documented, either.
    expect(eventAnswer.parse(shown)).toEqual(shown);
  }
  return events.filter(({ type }) => types.length === 0 || types.includes(type));
}
