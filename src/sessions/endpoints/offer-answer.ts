import type { ChoiceContent, Content } from '../../message/message.ts';
import { understandChoice } from '../../message/understand-choice.ts';
import type { Tenant, TenantTexts } from '../../directory/tenant.ts';
import { as, type SessionId } from '../../platform/ids.ts';
import { plainWord } from '../../services/programme/plain-word.ts';
import { readYesNo } from '../../services/programme/read-yes-no.ts';

/** What an agent outside Matrix answers to an offer; `of`: the one that a button belongs to. */
export interface OfferAnswer {
  readonly accepts: boolean;
  readonly of?: { readonly session: SessionId; readonly offer: number };
}

export function answerLabels({ accept = 'Accept', decline = 'Decline' }: TenantTexts): {
  readonly accept: string;
  readonly decline: string;
} {
  return { accept, decline };
}

const prefix = 'offer';

/** The offer as a message: buttons where the network has them, else a numbered menu. */
export function offerChoice(
  tenant: Tenant,
  { session, offer }: NonNullable<OfferAnswer['of']>,
  text: string,
): ChoiceContent {
  const labels = answerLabels(tenant.texts);
  const id = `${prefix}:${session}:${String(offer)}`;
  return {
    kind: 'choice',
    text,
    options: [
      { id: `${id}:yes`, label: labels.accept },
      { id: `${id}:no`, label: labels.decline },
    ],
  };
}

/** A button, a number of the menu, the tenant's words in any of its languages, or a plain yes or no. Undefined: no answer at all. */
export function understandOfferAnswer(tenant: Tenant, content: Content): OfferAnswer | undefined {
  if (content.kind === 'chosen') return pressed(content.id);
  if (content.kind !== 'text') return undefined;
  const accepts = written(tenant, content.text);
  return accepts === undefined ? undefined : { accepts };
}

function pressed(id: string): OfferAnswer | undefined {
  const [, session, offer, answer] = /^offer:([^:]{1,200}):(\d{1,9}):(yes|no)$/.exec(id) ?? [];
  if (session === undefined) return undefined;
  return { accepts: answer === 'yes', of: { session: as<SessionId>(session), offer: Number(offer) } };
}

function written({ texts, textsIn = {} }: Tenant, text: string): boolean | undefined {
  const word = plainWord(text);
  for (const each of [texts, ...Object.values(textsIn), {}]) {
    const { accept, decline } = answerLabels(each);
    const options = [
      { id: 'yes', label: accept },
      { id: 'no', label: decline },
    ];
    const meant = understandChoice({ kind: 'choice', text: '', options }, text)?.id;
    if (meant !== undefined) return meant === 'yes';
    if (word !== '' && word === plainWord(accept)) return true;
    if (word !== '' && word === plainWord(decline)) return false;
  }
  return readYesNo(text);
}
