import { fieldsAt, without } from './fields.ts';
import type { RoomEvent } from './to-room-event.ts';

/** Homeservers refuse events above 65,536 bytes; the envelope (ids, signatures, hashes) takes a part of that. */
const largestContent = 60_000;

/** The event with everything that it has room for: too long, it goes without its HTML. Undefined where that is not enough. */
export function fitEvent(event: RoomEvent): RoomEvent | undefined {
  if (sizeOf(event) <= largestContent) return event;
  const plain = { ...event, content: withoutHtml(event.content) };
  return sizeOf(plain) <= largestContent ? plain : undefined;
}

function sizeOf(event: RoomEvent): number {
  return Buffer.byteLength(JSON.stringify(event.content));
}

function withoutHtml(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain = without(content, ['format', 'formatted_body']);
  const replacement = fieldsAt(plain, 'm.new_content');
  return replacement === undefined ? plain : { ...plain, 'm.new_content': withoutHtml(replacement) };
}
