import { withEndpoint, type EndpointWork } from '../../directory/agent-work.ts';
import type { Agent } from '../../directory/tenant.ts';
import { excerpt } from '../../message/excerpt.ts';
import type { OfferState } from '../../queues/offer-record.ts';
import { offerSummary } from '../desk/offer-card.ts';
import type { Draft } from '../draft.ts';
import type { EndpointPart, Offer } from '../session.ts';
import { endpointsOf } from './endpoint.ts';
import { offerChoice } from './offer-answer.ts';
import { wordsOf } from './said-so-far.ts';
import { sendContent, tellEndpoint } from './to-endpoint.ts';

/** How much of what the customer wrote first an offer shows, in graphemes. */
export const shownOfFirst = 120;

/** Where the agent can be asked outside Matrix now. One who talks to a customer there, or has not answered yet, cannot tell another apart. */
export function freeParts(draft: Draft, agent: Agent): EndpointPart[] {
  const { tenant } = draft.state;
  const endpoints = endpointsOf(tenant, agent);
  if (endpoints.length === 0) return [];
  const { endpoints: work = {} } = draft.workOf(agent.id);
  return endpoints.flatMap(({ key, line, address }) => {
    const { via, ...rest } = work[key] ?? {};
    if (!isFree(rest)) return [];
    return [{ key, line, address: { id: address, ...(via === undefined ? {} : { via }) } }];
  });
}

function isFree({ engaged, unheard, optedOut, unreachable }: EndpointWork): boolean {
  return engaged === undefined && unheard !== true && optedOut !== true && unreachable !== true;
}

/** The offer as a message at each of its endpoints. */
export function askAtEndpoints(draft: Draft, offer: Offer): void {
  const { state, session, contact, address } = draft;
  const { agent, number, forMs, endpoints = [] } = offer;
  if (endpoints.length === 0) return;
  const engaged = { state: 'asked', session: session.id, conversation: state.id, offer: number } as const;
  const who = contact.name ?? address.nativeId;
  const first = excerpt(wordsOf(state.said?.find(({ author }) => author.kind === 'customer')), shownOfFirst);
  const said = first === '' ? `From ${who}` : `${who} writes: “${first}”`;
  const until = new Date(state.now + forMs).toISOString().slice(11, 19);
  const within = `Answer within ${String(Math.round(forMs / 1000))} s (until ${until} UTC)`;
  const text = `${offerSummary(draft)}. ${said}. ${within}:`;
  const purpose = { agent, session: session.id, conversation: state.id, offer: number };
  for (const part of endpoints) {
    draft.changeWork(agent, (work) =>
      withEndpoint(work, part.key, (endpoint) => ({
        ...endpoint,
        engaged,
        unheard: true,
        offeredAt: state.now,
      })),
    );
    const choice = offerChoice(state.tenant, { session: session.id, offer: number }, text);
    sendContent(draft, part, purpose, choice, 'always');
  }
}

const endWords: Readonly<Record<Exclude<OfferState, 'pending'>, string>> = {
  accepted: 'You have taken it elsewhere.',
  rejected: 'You passed it on elsewhere.',
  timeout: 'The offer has run out.',
  cancelled: 'The session is over: it is no longer offered.',
  rescinded: 'It is no longer offered to you.',
};

/** Nobody is asked there any more. `by`: the endpoint at which the agent answered, who is told by what comes of it. */
export function endAtEndpoints(
  draft: Draft,
  { agent, endpoints = [] }: Offer,
  end: Exclude<OfferState, 'pending'>,
  by: string | undefined,
): void {
  for (const part of endpoints) {
    freeEndpoint(draft, agent, part);
    if (part.key !== by) tellEndpoint(draft, part, purposeOf(draft, agent), endWords[end]);
  }
}

/** Takes one endpoint out of the pending offer. */
export function withoutPart(draft: Draft, offer: Offer, part: Pick<EndpointPart, 'key'>): Offer {
  const { endpoints = [], ...rest } = offer;
  const left = endpoints.filter(({ key }) => key !== part.key);
  const changed: Offer = { ...rest, ...(left.length === 0 ? {} : { endpoints: left }) };
  freeEndpoint(draft, offer.agent, part);
  draft.changeSession({ offer: changed });
  return changed;
}

/** Something else may be offered there. */
export function freeEndpoint(draft: Draft, agent: Offer['agent'], { key }: Pick<EndpointPart, 'key'>): void {
  const { id } = draft.session;
  draft.changeWork(agent, (work) =>
    withEndpoint(work, key, ({ engaged, ...endpoint }) =>
      engaged === undefined || engaged.session === id ? endpoint : { ...endpoint, engaged },
    ),
  );
}

export function purposeOf(draft: Draft, agent: Offer['agent']) {
  return { agent, session: draft.session.id, conversation: draft.conversationId };
}
