import { eventIdAt, fieldsAt, textAt, type Fields } from './fields.ts';

/** What an event says of its relation to other events. */
export interface Relations {
  /** The event that it answers; not the one that clients name beside a thread for readers that know no threads. */
  readonly replyTo?: string;
  /** The event that it replaces. */
  readonly replaces?: string;
  /** The event at which the thread begins that it is in. */
  readonly thread?: string;
  readonly annotates?: { readonly event: string; readonly key: string };
}

export function relationsOf(content: Fields): Relations {
  const relation = fieldsAt(content, 'm.relates_to');
  const type = textAt(relation, 'rel_type');
  const target = eventIdAt(relation, 'event_id');
  if (type === 'm.replace') return target === undefined ? {} : { replaces: target };
  if (type === 'm.annotation') {
    const key = textAt(relation, 'key', 256);
    return target === undefined || key === undefined ? {} : { annotates: { event: target, key } };
  }
  const answered = eventIdAt(fieldsAt(relation, 'm.in_reply_to'), 'event_id');
  const thread = type === 'm.thread' ? (target ?? '') : undefined;
  const onlyFallback = thread !== undefined && relation?.['is_falling_back'] === true;
  return {
    ...(thread === undefined ? {} : { thread }),
    ...(answered === undefined || onlyFallback ? {} : { replyTo: answered }),
  };
}
