import { describeContent } from '../../message/describe-content.ts';
import { excerpt } from '../../message/excerpt.ts';
import type { TenantId, ConversationId } from '../../platform/ids.ts';
import type { Store } from '../../store/store.ts';
import { authorName } from '../author-name.ts';
import type { Draft } from '../draft.ts';
import { messageRecords, type MessageRecord } from '../message-record.ts';

/** Of a session, so much is told to who takes it outside Matrix, and looked through for it. */
const most = 10;
const looked = 30;
const longest = 300;

/** The last of what was said in a session, oldest first. */
export async function readSaid(
  store: Store,
  tenant: TenantId,
  conversation: ConversationId,
  session: string,
): Promise<MessageRecord[]> {
  const found = await store.find(tenant, messageRecords, {
    index: 'byConversation',
    equals: [conversation],
    descending: true,
    limit: looked,
  });
  const said = found.map(({ value }) => value).filter((record) => record.session === session);
  return said
    .filter(({ message }) => message.content !== undefined)
    .slice(0, most)
    .reverse();
}

export function wordsOf(record: MessageRecord | undefined): string {
  const content = record?.message.content;
  if (content === undefined) return '';
  return content.kind === 'text' ? content.text : describeContent(content);
}

/** What the agent has not read in the offer. `shown`: so much of the first message they have. */
export function saidSoFar(draft: Draft, shown: number): string[] {
  const { said = [] } = draft.state;
  const [first] = said;
  const isKnown = said.length <= 1 && excerpt(wordsOf(first), shown) === wordsOf(first);
  if (isKnown) return [];
  return [
    'So far:',
    ...said.map((record) => `${authorName(draft, record.author)}: ${excerpt(wordsOf(record), longest)}`),
  ];
}
