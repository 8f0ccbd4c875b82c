import { findChannelModule } from '../../channels/registry.ts';
import type { Decision, InboxEntry } from '../../delivery/delivery.ts';
import type { Directory } from '../../directory/directory.ts';
import { usualFrontTexts } from '../../directory/front-texts.ts';
import type { Owner } from '../../directory/identifiers/identifier-index.ts';
import { textsFor } from '../../directory/texts-for.ts';
import { sharedTenantId } from '../../directory/shared-tenant.ts';
import type { LineSettings } from '../../directory/tenant.ts';
import type { ConversationId, LineId } from '../../platform/ids.ts';
import type { Store, Stored } from '../../store/store.ts';
import type { ConversationEvent, ConversationOperation } from '../conversation-event.ts';
import { FrontDraft, HeldWanted, type FrontState, type HeldPage } from './front-draft.ts';
import { fronts, heldMessages, type FrontRecord, type HeldMessage } from './front-record.ts';
import { onFrontEvent, type FrontDirectory } from './front-step.ts';

export interface FrontOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly now: () => number;
}

/** As many of the messages that wait are handed over in one decision. */
const pageSize = 50;

/** Decides what becomes of something on a line that tenants share: to whom it goes, or what the customer is asked. */
export async function decideFront(
  { store, directory, now }: FrontOptions,
  entry: InboxEntry<ConversationEvent>,
): Promise<Decision<ConversationEvent, ConversationOperation>> {
  const { event, key } = entry;
  const record = await store.get(sharedTenantId, fronts, key);
  const line = lineOf(directory, event.type === 'channel' ? event.line : record?.value.line);
  const state = stateOf(key, line, record, { now: now(), told: languageTold(event) });
  try {
    return decide(directory, entry, line, state);
  } catch (error) {
    if (!(error instanceof HeldWanted)) throw error;
    return decide(directory, entry, line, { ...state, held: await readHeld(store, state) });
  }
}

function decide(
  directory: Directory,
  entry: InboxEntry<ConversationEvent>,
  line: LineSettings,
  state: FrontState,
): Decision<ConversationEvent, ConversationOperation> {
  const { event } = entry;
  const draft = new FrontDraft(state, entry.id, freshRecord(line, event));
  const told = languageTold(event);
  if (told !== undefined && told !== draft.record.language) draft.change({ language: told });
  switch (event.type) {
    case 'channel':
      onFrontEvent(draft, event.event, directoryOf(directory, line.id));
      break;
    case 'front':
      // Once they write to somebody, it is for them to say to whom.
      if (draft.record.owner === undefined) draft.assign(event.assign);
      else if (draft.record.question === undefined) draft.flush();
      break;
    case 'delivery':
      onFailure(draft, event.result.operation);
      break;
    default:
      throw new Error(`nothing of a shared line is called ${event.type}`);
  }
  return draft.decision();
}

/** A message that its tenant cannot get any more waits again, and an operator sees it. */
function onFailure(draft: FrontDraft, operation: ConversationOperation): void {
  if (operation.on !== 'tenant' || operation.operation.event.kind !== 'message') return;
  const { tenant, event } = operation.operation;
  if (draft.record.owner?.tenant === tenant) draft.clear('owner', 'question');
  draft.change({ known: draft.record.known.filter((each) => each !== tenant) });
  if (draft.record.owner === undefined) draft.hold(event);
  else draft.forward(event);
}

function lineOf(directory: Directory, id: LineId | undefined): LineSettings {
  const line = id === undefined ? undefined : directory.tenant(sharedTenantId)?.lines.get(id);
  if (line === undefined) throw new Error(`shared line ${id ?? ''} is no longer declared`);
  return line;
}

async function readHeld(store: Store, { id, record }: FrontState): Promise<HeldPage> {
  const page: Stored<HeldMessage>[] = await store.find(sharedTenantId, heldMessages, {
    index: 'byConversation',
    equals: [id],
    limit: pageSize,
  });
  return { page, isMore: page.length === pageSize && (record?.value.held ?? 0) > pageSize };
}

function stateOf(
  id: ConversationId,
  line: LineSettings,
  record: Stored<FrontRecord> | undefined,
  { now, told }: { readonly now: number; readonly told: string | undefined },
): FrontState {
  const module = findChannelModule(line.channel);
  if (module === undefined) throw new Error(`line ${line.id}: no network is called ${line.channel}`);
  const capabilities = module.capabilities(line.parameters);
  const language = told ?? record?.value.language;
  const texts = textsFor(line.frontTexts ?? usualFrontTexts, line.frontTextsIn, language);
  return { id, now, record, capabilities, texts, lineName: line.displayName };
}

const longestLanguage = 35;

function languageTold(event: ConversationEvent): string | undefined {
  if (event.type !== 'channel' || (event.event.kind !== 'message' && event.event.kind !== 'profile'))
    return undefined;
  const { app, details } = event.event.profile ?? {};
  return (app?.language ?? details?.['language'])?.slice(0, longestLanguage);
}

function freshRecord(line: LineSettings, event: ConversationEvent): FrontRecord {
  const from = event.type === 'channel' ? event.event.from : { id: '' as never };
  const at = event.type === 'channel' ? event.event.at : 0;
  const { id, channel } = line;
  return { line: id, channel, address: from, known: [], asks: 0, held: 0, firstHeld: 0, lastAt: at };
}

/** Only tenants that share the line can be meant on it. */
export function directoryOf(directory: Directory, line: LineId): FrontDirectory {
  return {
    resolve(written) {
      const found = directory.resolve(written);
      const owners: readonly Owner[] =
        found.outcome === 'hit'
          ? [{ tenant: found.tenant, ...(found.service === undefined ? {} : { service: found.service }) }]
          : found.outcome === 'ambiguous'
            ? found.owners
            : [];
      return owners.filter(({ tenant }) => directory.tenant(tenant)?.lines.get(line)?.isShared === true);
    },
    nameOf({ tenant, service }) {
      const declared = directory.tenant(tenant);
      const name = declared?.name ?? tenant;
      const wanted = service === undefined ? undefined : declared?.services?.get(service);
      return wanted === undefined ? name : `${name}, ${wanted.name ?? service}`;
    },
  };
}
