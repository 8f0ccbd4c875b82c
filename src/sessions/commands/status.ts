import type { MatrixUserId } from '../../platform/ids.ts';
import type { AddressRecord } from '../../directory/contact.ts';
import { agentOfUser } from '../../directory/directory.ts';
import type { Draft } from '../draft.ts';
import type { PromiseKind } from '../../directory/service-levels.ts';
import { promiseWords } from '../promises/open-promise.ts';
import { connectedAgents, type SessionRecord } from '../session.ts';
import { unhandled } from '../unhandled.ts';
import type { Command } from './command.ts';
import { duration } from './duration.ts';

export const status: Command = {
  name: 'status',
  usage: '',
  help: 'shows the customer, their consent, the network, where the session stands, and what it has cost in SMS segments',
  run(draft) {
    const { contact, address, state, openSession } = draft;
    const details = Object.entries(contact.details ?? {}).map(
      ([key, value]) => `, ${key}: ${value.slice(0, 200)}`,
    );
    const who = `${contact.name ?? address.nativeId} by ${state.networkTitle} (${address.nativeId})${details.join('')}${consentOf(address)}`;
    return `${who}. ${openSession === undefined ? 'No session is open.' : describe(draft, openSession)}`;
  },
};

/** Whether the customer wants messages, and when they last asked what this is. */
function consentOf({ consent, consentWords = [] }: AddressRecord): string {
  const state =
    consent?.state === 'optedOut' ? `, opted out by ${consent.keyword} on ${utc(consent.at)}` : '';
  const help = consentWords.findLast(({ kind }) => kind === 'helpAsked');
  return help === undefined ? state : `${state}, asked for help by ${help.keyword} on ${utc(help.at)}`;
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function describe(draft: Draft, session: SessionRecord): string {
  const { state } = draft;
  const nameOf = (user: MatrixUserId): string => agentOfUser(state.tenant, user)?.name ?? user;
  const since = `open for ${duration(state.now - session.openedAt)}`;
  const agents = connectedAgents(session).map((leg) => nameOf(leg.user));
  const { segments } = session;
  const cost = segments === undefined ? '' : ` SMS segments sent: ${String(segments)}.`;
  const promised = promisedOf(session, state.now);
  if (agents.length > 0) return `Session ${since}, with ${agents.join(', ')}.${promised}${cost}`;
  if (session.offer !== undefined) {
    const left = duration(Math.max(0, session.offer.deadline - state.now));
    return `Session ${since}, offered to ${nameOf(session.offer.user)} for another ${left}.${promised}${cost}`;
  }
  if (session.state === 'talking')
    return `Session ${since}, with its service (!take takes it).${promised}${cost}`;
  const nobody = unhandled(draft);
  return `Session ${since}, waiting${nobody === undefined ? ' for a free agent' : `: ${nobody}`}.${promised}${cost}`;
}

/** What the customer was promised that is not kept yet. */
function promisedOf({ promises }: SessionRecord, now: number): string {
  const words = Object.entries(promises?.open ?? {}).map(([kind, { dueAt }]) =>
    dueAt > now
      ? `${promiseWords[kind as PromiseKind]} within ${duration(dueAt - now)}`
      : `${promiseWords[kind as PromiseKind]} for ${duration(now - dueAt)} already`,
  );
  return words.length === 0 ? '' : ` Promised: ${words.join(', ')}.`;
}
