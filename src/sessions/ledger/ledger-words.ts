import type { MatrixUserId } from '../../platform/ids.ts';
import type { LedgerFacts } from './ledger-facts.ts';
import { destinationOf, verdictOf, type Verdict } from './verdict.ts';
import { timelineOf, type Step } from './timeline.ts';

/** Who reads it, and when. */
export interface Reader {
  readonly now: number;
  /** The agent who asks, where it is one: their own messages are theirs. */
  readonly user?: MatrixUserId;
  readonly nameOf: (user: MatrixUserId) => string;
}

/** A message's way for people: what it has come to, then how it went. Pure; no texts, no addresses. All times are UTC, and said to be. */
export function ledgerWords(facts: LedgerFacts, reader: Reader): string[] {
  const time = clockTime(facts.acceptedAt, reader.now);
  const steps = timelineOf(facts).filter(({ step }) => step !== 'keptBack' && step !== 'setAside');
  const said = steps.flatMap((step) => stepWords(step, facts, reader, time) ?? []);
  return [verdictWords(verdictOf(facts), facts, time), `${capital(said.join('; '))}. Times are UTC.`];
}

type Time = (at: number) => string;

function verdictWords(
  { outcome, at, why = '', nextAttemptAt }: Verdict,
  facts: LedgerFacts,
  time: Time,
): string {
  const toCustomer = destinationOf(facts) === 'line';
  const when = at === undefined ? '' : ` ${time(at)}`;
  switch (outcome) {
    case 'read':
      return `The customer read this${when}.`;
    case 'delivered':
      return `Delivered to the customer${when}.`;
    case 'sent':
      return toCustomer
        ? `${facts.network} took this${when}, and has not said that it reached the customer.`
        : `Shown here${when}.`;
    case 'pending': {
      const next = nextAttemptAt === undefined ? '' : ` Next attempt ${time(nextAttemptAt)}.`;
      return `${toCustomer ? 'Still on its way to the customer' : 'Not shown here yet'}${why === '' ? '' : `: ${sentence(why)}`}${why === '' ? '.' : ''}${next}`;
    }
    case 'unclear':
      return `It is unclear whether this ${toCustomer ? 'reached the customer' : 'is shown here'}: ${sentence(why)}`;
    case 'failed':
      return `${toCustomer ? 'Not delivered' : 'Could not be shown here'}: ${sentence(why)}`;
    case 'keptBack':
      return why;
    case 'setAside':
      return `${toCustomer ? 'Not sent to the customer' : 'Not shown here'}. ${why}`;
    case 'waiting':
      return `${toCustomer ? 'Not sent to the customer' : 'Not shown here'} yet: its turn has not come.`;
    case 'nothingSent':
      return toCustomer
        ? `Nothing was sent to the customer: ${facts.network} has no way to show this.`
        : 'There was nothing to show here.';
    case 'forgotten':
      return 'What became of this is no longer known: it is older than what the ledger keeps.';
  }
}

function stepWords(step: Step, facts: LedgerFacts, reader: Reader, time: Time): string | undefined {
  const at = time(step.at);
  switch (step.step) {
    case 'accepted':
      return `${acceptedWords(facts, reader)} ${at}`;
    case 'relayed':
      return undefined;
    case 'failedAttempt':
      return `${onLeg(step, facts)}attempt ${String(step.number)} failed ${at}${step.certain ? '' : ' (it may have gone out)'}: ${step.reason}`;
    case 'attemptsLeftOut':
      return `${onLeg(step, facts)}${String(step.count)} more attempts failed`;
    case 'taken': {
      const attempt = step.number > 1 ? ` at attempt ${String(step.number)}` : '';
      if (step.leg === 'endpoint') return `${onLeg(step, facts)}accepted by their network ${at}${attempt}`;
      return step.leg === 'room'
        ? `shown here ${at}${attempt}`
        : `${onLeg(step, facts)}accepted by ${facts.network} ${at}${attempt}`;
    }
    case 'receipt':
      return `${onLeg(step, facts)}${receiptWords[step.status]} ${at}${step.reason === undefined ? '' : `: ${step.reason}`}`;
    case 'gaveUp':
      return `${onLeg(step, facts)}${step.status === 'failed' ? 'given up' : 'left unclear'} ${at}`;
    case 'sentAgain':
      return `${onLeg(step, facts)}${step.leg === 'room' ? 'shown again' : 'sent again'} ${at}`;
    case 'dropped':
      return `${onLeg(step, facts)}dropped by an operator ${at}`;
    case 'keptBack':
    case 'setAside':
      return undefined;
  }
}

const receiptWords = {
  sent: 'on its way in the network',
  delivered: 'delivered',
  read: 'read',
  failed: 'reported as failed',
  unclear: 'left unclear by the network',
} as const;

function acceptedWords({ author, network }: LedgerFacts, { user, nameOf }: Reader): string {
  if (author.kind === 'customer') return `accepted from the customer by ${network}`;
  if (author.kind === 'system') return 'said by Switchboard';
  return author.user === user ? 'sent by you' : `sent by ${nameOf(author.user)}`;
}

/** The room is named where the message was on its way to the customer, and the part where there are several. */
function onLeg(
  { leg, part, parts }: { readonly leg: string; readonly part: number; readonly parts: number },
  facts: LedgerFacts,
): string {
  if (leg === 'endpoint') return 'to an agent outside Matrix: ';
  if (leg === 'room') return destinationOf(facts) === 'room' ? '' : 'in the room: ';
  return parts > 1 ? `part ${String(part)} of ${String(parts)} ` : '';
}

/** With the day where it is not today's. */
function clockTime(first: number, now: number): Time {
  const today = new Date(now).toISOString().slice(0, 10);
  return (at) => {
    const [day = '', time = ''] = new Date(at).toISOString().slice(0, 19).split('T');
    return day === today && new Date(first).toISOString().startsWith(today) ? time : `${day} ${time}`;
  };
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
