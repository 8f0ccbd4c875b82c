import type { z } from 'zod';
import type { Message, Reference } from '../../message/message.ts';
import type { ChannelEvent } from '../channel.ts';
import { nativeId } from './ids.ts';
import type { LogEntry, LoggedContent, SequencedEntry, Visitor } from './log-entry.ts';
import { Problem } from './problem.ts';
import type { editRequest, endRequest, MessageRequest, reactionRequest, retractRequest } from './requests.ts';
import { excerptOf } from './to-log.ts';
import { readUpload } from './uploads.ts';
import { addressOf, profileOf, type WebLine } from './web-line.ts';

/** What a visitor's request becomes: news for the core, entries for the log. */
interface Action {
  readonly event: ChannelEvent;
  readonly entries: readonly LogEntry[];
  readonly also?: Readonly<Record<string, unknown>>;
  readonly visitor?: Visitor;
}

/** How far an action got: the number of its entry in the visitor's log. */
export interface Done {
  readonly id: string;
  readonly sequence: number;
}

/**
 * Does what `build` says once, however often the browser asks under the same id. The core has it durably before the log shows
 * it, and the log has it before the browser is told: whatever fails in between, the browser asks again and nothing doubles.
 */
async function act(
  web: WebLine,
  visitor: string,
  id: string,
  build: (known: Visitor) => Promise<Action>,
): Promise<Done> {
  return web.lock.run(visitor, async () => {
    const done = await web.log.named(visitor, id);
    if (done !== undefined) {
      if (done.entry.by !== 'visitor') throw Problem.field('id', 'Taken by another message');
      return { id, sequence: done.sequence };
    }
    const known = await web.log.visitor(visitor);
    if (known === undefined) throw new Problem(401, 'The visitor is not known any more.');
    const action = await build(known);
    await web.host.accept([action.event]);
    const sequence = await web.log.append(visitor, action.visitor ?? known, action.entries, action.also);
    web.streams.wake(visitor);
    return { id, sequence };
  });
}

export function post(web: WebLine, visitor: string, request: MessageRequest): Promise<Done> {
  return act(web, visitor, request.id, async (known) => {
    const at = web.host.clock.now();
    const { content, also } = await contentOf(web, visitor, request);
    const replyTo = request.kind === 'chosen' ? undefined : request.replyTo;
    const quoted = replyTo === undefined ? undefined : await quote(web, visitor, replyTo);
    const reopening = known.session.state !== 'open';
    const entry: LogEntry = {
      type: 'message',
      id: request.id,
      by: 'visitor',
      at,
      content,
      ...(quoted === undefined || replyTo === undefined ? {} : { replyTo: { ...quoted, id: replyTo } }),
    };
    const opening: LogEntry = { type: 'session', id: `${request.id}.open`, by: 'visitor', at, state: 'open' };
    return {
      event: messageEvent(visitor, known, request.id, at, {
        content:
          content.kind === 'chosen' ? { kind: 'chosen', id: content.id, label: content.label } : content,
        ...(quoted === undefined ? {} : { replyTo: quoted }),
      }),
      entries: reopening ? [opening, entry] : [entry],
      also,
      visitor: reopening ? { ...known, session: { state: 'open' } } : known,
    };
  });
}

export function edit(
  web: WebLine,
  visitor: string,
  target: string,
  request: z.output<typeof editRequest>,
): Promise<Done> {
  return act(web, visitor, request.id, async (known) => {
    const old = await ownMessage(web, visitor, target);
    if (old.content.kind !== 'text') throw new Problem(409, 'Only texts can be edited.');
    const at = web.host.clock.now();
    const content: LoggedContent = { kind: 'text', text: request.text };
    return {
      event: messageEvent(visitor, known, request.id, at, {
        content,
        edits: { id: nativeId(visitor, target) },
      }),
      entries: [{ type: 'edit', id: request.id, by: 'visitor', target, at, content }],
    };
  });
}

export function retract(
  web: WebLine,
  visitor: string,
  target: string,
  request: z.output<typeof retractRequest>,
): Promise<Done> {
  return act(web, visitor, request.id, async (known) => {
    const { found } = await ownMessage(web, visitor, target);
    const at = web.host.clock.now();
    return {
      event: messageEvent(visitor, known, request.id, at, { retracts: { id: nativeId(visitor, target) } }),
      entries: [{ type: 'retraction', id: request.id, by: 'visitor', target, at }],
      also: web.log.replacing(visitor, found, emptied(found.entry)),
    };
  });
}

export function react(
  web: WebLine,
  visitor: string,
  target: string,
  request: z.output<typeof reactionRequest>,
): Promise<Done> {
  return act(web, visitor, request.id, async (known) => {
    await message(web, visitor, target);
    const at = web.host.clock.now();
    const removed = request.removed === true ? { removed: true } : {};
    return {
      event: messageEvent(visitor, known, request.id, at, {
        reactsTo: { id: nativeId(visitor, target), emoji: request.emoji, ...removed },
      }),
      entries: [
        { type: 'reaction', id: request.id, by: 'visitor', target, at, emoji: request.emoji, ...removed },
      ],
    };
  });
}

export function end(web: WebLine, visitor: string, request: z.output<typeof endRequest>): Promise<Done> {
  return act(web, visitor, request.id, async (known) => {
    if (known.session.state !== 'open') throw new Problem(409, 'There is nothing to end.');
    const at = web.host.clock.now();
    return {
      event: { kind: 'ended', id: nativeId(visitor, request.id), from: addressOf(visitor), at },
      entries: [{ type: 'session', id: request.id, by: 'visitor', at, state: 'closed' }],
      visitor: { ...known, session: { state: 'closed' } },
    };
  });
}

/** The entry of a message whose text and files are gone. */
export function emptied(entry: LogEntry): LogEntry {
  if (entry.type !== 'message') return entry;
  const { type, id, by, sender, at, replyTo } = entry;
  return {
    type,
    id,
    by,
    at,
    ...(sender === undefined ? {} : { sender }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

function messageEvent(visitor: string, known: Visitor, id: string, at: number, body: Message): ChannelEvent {
  return {
    kind: 'message',
    id: nativeId(visitor, id),
    from: addressOf(visitor),
    at,
    message: body,
    profile: profileOf(visitor, known),
  };
}

async function contentOf(
  web: WebLine,
  visitor: string,
  request: MessageRequest,
): Promise<{ content: LoggedContent; also: Record<string, unknown> }> {
  switch (request.kind) {
    case 'text':
      return { content: { kind: 'text', text: request.text }, also: {} };
    case 'file': {
      const { media, kind, at } = await readUpload(web, visitor, request.file);
      return {
        content: { kind, media, ...(request.caption === undefined ? {} : { caption: request.caption }) },
        also: web.log.claimingUpload(at, media.source.reference),
      };
    }
    case 'chosen': {
      const { entry } = await message(web, visitor, request.choice, 'choice');
      const content = entry.type === 'message' ? entry.content : undefined;
      const option =
        content?.kind === 'choice' ? content.options.find(({ id }) => id === request.option) : undefined;
      if (option === undefined) throw Problem.field('option', 'Not an option of this message');
      return { content: { kind: 'chosen', ...option, choice: request.choice }, also: {} };
    }
  }
}

async function quote(web: WebLine, visitor: string, id: string): Promise<Reference | undefined> {
  const { entry } = await message(web, visitor, id, 'replyTo');
  if (entry.type !== 'message') return undefined;
  const excerpt = excerptOf(entry.content);
  return {
    id: nativeId(visitor, id),
    ...(entry.sender === undefined ? {} : { author: entry.sender }),
    ...(excerpt === undefined ? {} : { excerpt }),
  };
}

/** A message of the log that still says something. `field`: where the request named it; else it was in the path. */
async function message(web: WebLine, visitor: string, id: string, field?: string): Promise<SequencedEntry> {
  const found = await web.log.named(visitor, id);
  if (found?.entry.type === 'message' && found.entry.content !== undefined) return found;
  throw field === undefined
    ? new Problem(404, 'There is no such message (any more).')
    : Problem.field(field, 'No such message (any more)');
}

async function ownMessage(
  web: WebLine,
  visitor: string,
  id: string,
): Promise<{ found: SequencedEntry; content: LoggedContent }> {
  const found = await message(web, visitor, id);
  if (found.entry.by !== 'visitor') throw new Problem(403, 'This message is somebody else’s.');
  const content = found.entry.type === 'message' ? found.entry.content : undefined;
  if (content === undefined) throw new Problem(404, 'There is no such message (any more).');
  return { found, content };
}
