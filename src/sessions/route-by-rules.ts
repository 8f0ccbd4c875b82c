import { applyRules } from '../routing/rules/apply-rules.ts';
import type { RuleFacts } from '../routing/rules/rule-facts.ts';
import type { TenantHours } from '../routing/hours/tenant-hours.ts';
import type { Draft } from './draft.ts';
import { hoursNow, toSessionRouting, type SessionRouting } from './session-routing.ts';

/** Looks at the rules, unless they said already. Undefined: the tenant has none. */
export function routingByRules(draft: Draft): SessionRouting | undefined {
  const { session, state } = draft;
  // Who was with an agent already goes back to where they came from.
  if (session.routing !== undefined || session.acceptedAt !== undefined) return session.routing;
  const { rules, hours } = draft.routingFacts();
  if (rules === undefined) return undefined;
  const result = applyRules(rules, factsOf(draft, hours));
  return toSessionRouting(result, state.tenant);
}

function factsOf(draft: Draft, hours: TenantHours): RuleFacts {
  const { state, contact, address, conversation, session } = draft;
  const { load, firstText } = draft.routingFacts();
  const details = contact.details ?? {};
  const { client = '', language = details['language'] ?? '' } = address.app ?? {};
  return {
    identifier: session.identifier ?? address.via ?? '',
    line: state.line.id,
    network: state.line.channel,
    media: session.media ?? [],
    app: { client, language, parameters: details },
    contact: {
      id: conversation.contact,
      name: contact.name ?? '',
      phone: contact.phone ?? '',
      address: address.nativeId,
      details,
      // The one that is open counts as one.
      sessions: Math.max(0, conversation.sessions - 1),
    },
    attributes: session.attributes ?? {},
    language,
    hours: hoursNow(hours, state.now),
    load,
    text: draft.firstText ?? firstText,
    now: state.now,
  };
}
