import { ChannelError, type Address, type Outgoing, type Sent } from '../channel.ts';
import { entryIdOf, idOfDelivery, nativeId } from './ids.ts';
import type { Author, LogEntry, SequencedEntry, Visitor } from './log-entry.ts';
import { excerptOf, toLogged } from './to-log.ts';
import { frame } from './to-wire.ts';
import { emptied } from './visitor-actions.ts';
import type { WebLine } from './web-line.ts';

interface Place {
  readonly visitor: string;
  readonly id: string;
  readonly by: Author;
  readonly at: number;
}

/** Puts what the tenant's side says into the visitor's log, once per delivery, and wakes the visitor's tabs. */
async function bring(
  web: WebLine,
  address: Address,
  outgoing: Outgoing,
  build: (place: Place) => Promise<{ entry: LogEntry; also?: Record<string, unknown> }>,
): Promise<Sent> {
  const visitor = address.id;
  const id = idOfDelivery(outgoing.deliveryId);
  await web.lock.run(visitor, async () => {
    if ((await web.log.named(visitor, id)) !== undefined) return;
    const known = await web.log.visitor(visitor);
    if (known === undefined) {
      throw permanent('The visitor’s chat is no longer kept: they did not come back for too long.');
    }
    const by = outgoing.sender?.kind === 'system' ? 'system' : 'agent';
    const { entry, also } = await build({ visitor, id, by, at: web.host.clock.now() });
    await web.log.append(visitor, known, [entry], also);
    web.streams.wake(visitor);
  });
  return { id: nativeId(visitor, id) };
}

export function send(web: WebLine, address: Address, outgoing: Outgoing): Promise<Sent> {
  return bring(web, address, outgoing, async ({ visitor, id, by, at }) => {
    const { content, replyTo } = outgoing.message;
    if (content === undefined) throw permanent('The message says nothing.');
    const quoted = replyTo === undefined ? undefined : entryIdOf(visitor, replyTo.id);
    const target = quoted === undefined ? undefined : await web.log.named(visitor, quoted);
    const entry: LogEntry = {
      type: 'message',
      id,
      by,
      at,
      ...(outgoing.sender === undefined ? {} : { sender: outgoing.sender.name }),
      content: toLogged(content),
      ...(replyTo === undefined || quoted === undefined
        ? {}
        : { replyTo: { id: quoted, ...quoteOf(target, replyTo) } }),
    };
    return { entry };
  });
}

export function edit(web: WebLine, address: Address, outgoing: Outgoing): Promise<Sent> {
  return bring(web, address, outgoing, async ({ visitor, id, by, at }) => {
    const { content, edits } = outgoing.message;
    if (content === undefined) throw permanent('The message says nothing.');
    const { entry } = await shownMessage(web, visitor, edits?.id);
    return { entry: { type: 'edit', id, by, target: entry.id, at, content: toLogged(content) } };
  });
}

export function retract(web: WebLine, address: Address, outgoing: Outgoing): Promise<Sent> {
  return bring(web, address, outgoing, async ({ visitor, id, by, at }) => {
    const found = await shownMessage(web, visitor, outgoing.message.retracts?.id);
    return {
      entry: { type: 'retraction', id, by, target: found.entry.id, at },
      also: web.log.replacing(visitor, found, emptied(found.entry)),
    };
  });
}

export function react(web: WebLine, address: Address, outgoing: Outgoing): Promise<Sent> {
  return bring(web, address, outgoing, async ({ visitor, id, by, at }) => {
    const { reactsTo } = outgoing.message;
    const { entry } = await shownMessage(web, visitor, reactsTo?.id);
    const removed = reactsTo?.removed === true ? { removed: true } : {};
    return {
      entry: { type: 'reaction', id, by, target: entry.id, at, emoji: reactsTo?.emoji ?? '', ...removed },
    };
  });
}

export function typing(web: WebLine, address: Address, active: boolean, sender: string | undefined): void {
  web.streams.pass(
    address.id,
    frame('typing', { active, ...(sender === undefined ? {} : { name: sender }) }),
  );
}

export async function markRead(web: WebLine, address: Address, upTo: string): Promise<void> {
  const visitor = address.id;
  const id = entryIdOf(visitor, upTo);
  if (id === undefined) return;
  await web.lock.run(visitor, async () => {
    const [known, found] = await Promise.all([web.log.visitor(visitor), web.log.named(visitor, id)]);
    if (known === undefined || found === undefined || found.sequence <= known.readByAgent) return;
    await web.log.update(visitor, { ...known, readByAgent: found.sequence });
    web.streams.pass(visitor, frame('read', { upTo: found.sequence }));
  });
}

export async function sessionChanged(
  web: WebLine,
  address: Address,
  change: { readonly state: 'open' | 'closed'; readonly agentName?: string },
): Promise<void> {
  const visitor = address.id;
  await web.lock.run(visitor, async () => {
    const known = await web.log.visitor(visitor);
    if (known === undefined || sameSession(known.session, change)) return;
    const agent = change.agentName === undefined ? {} : { agentName: change.agentName };
    const at = web.host.clock.now();
    await web.log.append(visitor, { ...known, session: { state: change.state, ...agent } }, [
      // Browsers cannot make names with a dot, and the number is taken under the lock: nobody else has this name.
      { type: 'session', id: `session.${known.last + 1}`, by: 'system', at, state: change.state, ...agent },
    ]);
    web.streams.wake(visitor);
  });
}

function sameSession(
  known: Visitor['session'],
  change: { readonly state: 'open' | 'closed'; readonly agentName?: string },
): boolean {
  if (change.state === 'closed') return known.state !== 'open';
  return known.state === 'open' && known.agentName === change.agentName;
}

/** Without an author for the visitor's own words: the chat says “You”, whatever agents call the visitor. */
function quoteOf(
  target: SequencedEntry | undefined,
  reference: { readonly author?: string; readonly excerpt?: string },
): { author?: string; excerpt?: string } {
  const entry = target?.entry.type === 'message' ? target.entry : undefined;
  const author = entry?.by === 'visitor' ? undefined : (entry?.sender ?? reference.author);
  const excerpt = excerptOf(entry?.content) ?? reference.excerpt;
  return { ...(author === undefined ? {} : { author }), ...(excerpt === undefined ? {} : { excerpt }) };
}

async function shownMessage(
  web: WebLine,
  visitor: string,
  native: string | undefined,
): Promise<SequencedEntry> {
  const id = native === undefined ? undefined : entryIdOf(visitor, native);
  const found = id === undefined ? undefined : await web.log.named(visitor, id);
  if (found?.entry.type === 'message') return found;
  throw permanent('The chat no longer shows the message that this is about.');
}

function permanent(reason: string): ChannelError {
  return new ChannelError({ kind: 'permanent', certain: true, reason });
}
