import type { Queue } from '../directory/tenant.ts';
import { closedUntil } from '../routing/hours/tenant-hours.ts';
import { openingWords } from '../routing/hours/opening-words.ts';
import type { Draft } from './draft.ts';
import { languageOf } from './programme/language-of.ts';
import { say } from './tell-customer.ts';
import { tenantTexts } from './tenant-texts.ts';

/** Whoever waits while nobody works is told when that begins again, once a session. The session waits all the same. */
export function tellOutOfHours(draft: Draft, queue: Queue): void {
  if (queue.calendar === undefined) return;
  const { state, session, queueEntry } = draft;
  const until = closedUntil(queue, draft.routingFacts().hours, state.now);
  if (until === undefined) return;
  if (queueEntry !== undefined) draft.queueEntry = { ...queueEntry, toldClosed: true };
  if (session.toldClosed === true) return;
  draft.changeSession({ toldClosed: true });
  const { closedNow } = tenantTexts(draft);
  const calendar = state.tenant.calendars?.get(queue.calendar);
  if (closedNow === undefined || calendar === undefined) return;
  const opensAt = openingWords(until, state.now, {
    timeZone: calendar.timeZone,
    language: languageOf(draft),
  });
  say(draft, closedNow.replaceAll('{opensAt}', opensAt), 'closed now');
}
