import type { LogEntry, LoggedContent, SequencedEntry, Visitor } from './log-entry.ts';

/** Makes the link under which a browser gets the file of an entry. */
export type FileLink = (sequence: number) => string;

/** A numbered event of the stream, as docs/web-chat.md describes it. */
export function entryEvent({ sequence, entry }: SequencedEntry, link: FileLink): string {
  return frame(
    entry.type,
    wireEntry(entry, () => link(sequence)),
    sequence,
  );
}

function wireEntry(entry: LogEntry, link: () => string): object {
  const content = entry.type === 'message' || entry.type === 'edit' ? entry.content : undefined;
  // The type is the event's name; `undefined` fields do not go out.
  return {
    ...entry,
    type: undefined,
    ...(content === undefined ? {} : { content: wireContent(content, link) }),
  };
}

function wireContent(content: LoggedContent, link: () => string): object {
  if (!('media' in content)) return content;
  const { fileName, mimeType, sizeBytes, width, height, durationMs } = content.media;
  const file = { url: link(), name: fileName, mimeType, sizeBytes, width, height, durationMs };
  return { ...content, media: undefined, file };
}

/** The first event of each connection: where things stand. */
export function helloEvent(visitor: Visitor, token: string | undefined): string {
  return frame('hello', {
    last: visitor.last,
    read: visitor.read,
    readByAgent: visitor.readByAgent,
    session: visitor.session,
    ...(visitor.name === undefined ? {} : { name: visitor.name }),
    ...(token === undefined ? {} : { token }),
  });
}

/** One event of a stream of server-sent events. Without a number it is not seen again after a reconnection. */
export function frame(event: string, data: object, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
