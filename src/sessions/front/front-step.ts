import type { ChannelEvent } from '../../channels/channel.ts';
import type { Owner } from '../../directory/identifiers/identifier-index.ts';
import { understandChoice } from '../../message/understand-choice.ts';
import { findOwners, wholeText, type Resolve } from './find-owners.ts';
import type { FrontDraft } from './front-draft.ts';
import type { FrontQuestion, Named } from './front-record.ts';
import { choiceOf, none, optionId } from './question-content.ts';

type MessageEvent = Extract<ChannelEvent, { kind: 'message' }>;

export interface FrontDirectory {
  /** Of the tenants that share the line. */
  readonly resolve: Resolve;
  /** As customers read it. */
  readonly nameOf: (owner: Owner) => string;
}

/** So many questions in a row are asked of somebody whose answers say nothing: perhaps a machine answers. */
const mostAsks = 3;

/** Something came from a customer on a line that tenants share. */
export function onFrontEvent(draft: FrontDraft, event: ChannelEvent, directory: FrontDirectory): void {
  if (draft.record.question === undefined) draft.flush();
  switch (event.kind) {
    case 'message':
      onMessage(draft, event, directory);
      return;
    case 'consent':
      draft.change({ consent: event });
      draft.toAllKnown(event);
      return;
    case 'profile':
      draft.change({ profile: event });
      draft.toAllKnown(event);
      return;
    case 'receipt':
      draft.toAllKnown(event);
      return;
    case 'ended':
      if (draft.record.owner !== undefined) draft.forward(event);
      return;
  }
}

function onMessage(draft: FrontDraft, event: MessageEvent, directory: FrontDirectory): void {
  draft.change({ lastAt: Math.max(event.at, draft.record.lastAt) });
  const { question } = draft.record;
  if (question !== undefined && question.kind !== 'whom') {
    const chosen = answerTo(draft, question, event);
    if (chosen !== undefined) {
      onAnswer(draft, question, chosen);
      return;
    }
    // Nobody answers a question about somebody else in the middle of what they say to whom they write to.
    if (question.kind === 'switch') keepOn(draft);
  }
  if (draft.record.owner === undefined) lookFor(draft, event, directory);
  else onWord(draft, event, directory);
}

/** The option's id; undefined where the message is no answer. */
function answerTo(
  draft: FrontDraft,
  question: Exclude<FrontQuestion, { kind: 'whom' }>,
  { message: { content } }: MessageEvent,
): string | undefined {
  const choice = choiceOf(question, draft.state.texts);
  if (content?.kind === 'chosen') return choice.options.find(({ id }) => id === content.id)?.id;
  return content?.kind === 'text' ? understandChoice(choice, content.text)?.id : undefined;
}

function onAnswer(
  draft: FrontDraft,
  question: Exclude<FrontQuestion, { kind: 'whom' }>,
  chosen: string,
): void {
  const options = question.kind === 'switch' ? [question.to] : question.options;
  const option = options.find((each) => optionId(each) === chosen);
  if (option !== undefined) draft.assign(ownerOf(option));
  else if (draft.record.owner !== undefined) keepOn(draft);
  else if (chosen === none) draft.ask({ kind: 'whom' });
}

/** The customer goes on writing to the same tenant, who also gets what waited for the answer. */
function keepOn(draft: FrontDraft): void {
  draft.clear('question');
  draft.change({ asks: 0 });
  draft.flush();
}

/** Nobody knows yet whom the customer means. */
function lookFor(draft: FrontDraft, event: MessageEvent, { resolve, nameOf }: FrontDirectory): void {
  const addressed = event.to === undefined ? undefined : findOwners(event.to, resolve);
  const found = addressed?.outcome === 'hit' ? addressed : findOwners(textOf(event), resolve);
  draft.hold(event);
  if (found.outcome === 'hit') {
    draft.assign(found.owner);
    return;
  }
  if (event.message.content === undefined || draft.record.asks >= mostAsks) return;
  const named = (owner: Owner): Named => ({ ...owner, name: nameOf(owner) });
  if (found.outcome === 'ambiguous') draft.ask({ kind: 'which', options: found.owners.map(named) });
  else draft.ask(draft.record.question ?? { kind: 'whom' });
}

/** A word to the tenant; unless it names another one and says nothing else. */
function onWord(draft: FrontDraft, event: MessageEvent, { resolve, nameOf }: FrontDirectory): void {
  const { owner } = draft.record;
  const found = wholeText(textOf(event), resolve);
  const isAnother = found.outcome === 'hit' && found.owner.tenant !== owner?.tenant;
  // What waits is for this tenant: nobody goes over before it is there.
  if (!isAnother || draft.isBehind) {
    draft.forward(event);
    return;
  }
  draft.hold(event);
  draft.ask({ kind: 'switch', to: { ...found.owner, name: nameOf(found.owner) } });
}

function textOf({ message: { content } }: MessageEvent): string {
  return content?.kind === 'text' ? content.text : '';
}

function ownerOf({ tenant, service }: Named): Owner {
  return service === undefined ? { tenant } : { tenant, service };
}
