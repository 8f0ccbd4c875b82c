import { ChannelError, type FailureKind } from '../channel.ts';

/**
 * What Twilio's error codes mean to us, in words for agents. Its own messages carry numbers, so they are not passed on.
 * A number that can never be written to is `permanent`: waiting for it would hold up what follows, and hide the failure.
 */
const codes: Readonly<Record<number, readonly [FailureKind, string]>> = {
  10001: ['unauthorised', 'the Twilio account is not active'],
  20001: ['unauthorised', 'Twilio does not know the account or key'],
  20003: ['unauthorised', 'Twilio does not accept the account or key'],
  20005: ['unauthorised', 'the Twilio account is not active'],
  20403: ['permanent', 'the Twilio account may not do this'],
  20404: ['permanent', 'Twilio does not know the sender or service'],
  20429: ['retry', 'too many messages at once'],
  14107: ['retry', 'too many messages at once'],
  21211: ['permanent', 'the number is not valid'],
  21217: ['permanent', 'the number is not valid'],
  21408: ['permanent', "the Twilio account may not write to the number's country"],
  21602: ['permanent', 'the message is empty'],
  21606: ['permanent', 'the sender cannot send messages'],
  21610: ['optedOut', 'the recipient has opted out with STOP'],
  21611: ['retry', "the sender's queue is full"],
  21612: ['permanent', 'the sender cannot reach this number'],
  21614: ['permanent', 'the number cannot receive messages'],
  21617: ['permanent', 'the message is too long'],
  21620: ['permanent', "the file's link is not valid"],
  21623: ['permanent', 'too many files'],
  21655: ['permanent', 'the template does not exist'],
  21659: ['permanent', 'the sender is not a number of this account'],
  21660: ['permanent', 'the sender does not belong to this account'],
  30001: ['retry', "the message waited too long in the sender's queue"],
  30002: ['unauthorised', 'the Twilio account is suspended'],
  30003: ['unreachable', 'the phone cannot be reached now: switched off or out of coverage'],
  30004: ['permanent', 'the message is blocked by the phone or its network'],
  30005: ['permanent', 'the number is unknown or no longer in service'],
  30006: ['permanent', 'the number is a landline or its network takes no messages'],
  30007: ['permanent', "the phone's network filtered the message as unwanted"],
  30008: ['permanent', "the phone's network gave no reason"],
  30022: ['retry', 'the daily limit of the campaign is reached'],
  30023: ['retry', 'the daily limit of the brand is reached'],
  30034: ['permanent', 'the sender is not registered for business messages in the US'],
  63003: ['permanent', 'the recipient cannot be reached on this network'],
  63005: ['permanent', 'the network did not accept the content'],
  63016: ['windowClosed', 'the recipient has not written for 24 hours: only a template is allowed'],
  63018: ['retry', 'too many messages at once'],
  63024: ['permanent', 'the recipient cannot be reached on this network'],
  63032: ['permanent', 'the network limits messages to this recipient'],
};

/** Why a message that was taken did not arrive, for the agent. */
export function reasonOfCode(code: number | undefined): string {
  if (code === undefined) return 'the phone network gave no reason';
  return `${codes[code]?.[1] ?? 'the network could not deliver it'} (Twilio error ${code})`;
}

/** The failure that an answer of Twilio's API stands for. Pure. */
export function refusal(answer: {
  readonly status: number;
  readonly code: number | undefined;
  readonly retryAfterMs: number | undefined;
}): ChannelError {
  const { status, code } = answer;
  const [kind, words] = (code === undefined ? undefined : codes[code]) ?? byStatus(status);
  const retryAfterMs = kind === 'retry' ? answer.retryAfterMs : undefined;
  return new ChannelError({
    kind,
    // A server that fails may have queued the message before; one that refuses has not.
    certain: status < 500,
    reason: `${words} (Twilio ${code === undefined ? `status ${status}` : `error ${code}`})`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function byStatus(status: number): readonly [FailureKind, string] {
  if (status === 401) return ['unauthorised', 'Twilio does not accept the account or key'];
  if (status === 429) return ['retry', 'too many messages at once'];
  if (status >= 500 || status === 408) return ['retry', 'Twilio has trouble'];
  return ['permanent', 'Twilio refused the message'];
}

/** Raised before anything was written to the network: nothing can have gone out. */
const beforeConnection = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** No answer came, or none that can be read. */
export function noAnswer(error: unknown): ChannelError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable answer';
  return new ChannelError(
    { kind: 'retry', certain: beforeConnection.has(code), reason: `Twilio did not answer (${code})` },
    { cause: error },
  );
}
