import { type Address, ChannelError, type Outgoing } from '../channel.ts';
import type { Content, MediaReference } from '../../message/message.ts';
import type { SmsParameters } from './parameters.ts';

/** Names of parameters of Twilio's API, with their values; a repeated name stands several times. */
export type TwilioFields = readonly (readonly [name: string, value: string])[];

/** Pure but for `linkTo`, which makes media a public link. @throws {ChannelError} for content that the capabilities exclude. */
export function toTwilio(
  address: Address,
  { message, sender }: Pick<Outgoing, 'message' | 'sender'>,
  parameters: SmsParameters,
  statusCallback: string,
  linkTo: (media: MediaReference) => string,
): TwilioFields {
  return [
    ['To', address.id],
    ...senderFields(address, parameters),
    ...contentFields(message.content, sender?.name, linkTo),
    ['StatusCallback', statusCallback],
    ...optional('ValidityPeriod', parameters.validityPeriodSeconds),
    ...optional('SmartEncoded', parameters.smartEncoded),
  ];
}

/** The number that the customer wrote to, else the line's; with a service, Twilio keeps to its rules for the number. */
function senderFields({ via }: Address, { from, messagingServiceSid }: SmsParameters): TwilioFields {
  const sender = via ?? from;
  return [...optional('MessagingServiceSid', messagingServiceSid), ...optional('From', sender)];
}

function contentFields(
  content: Content | undefined,
  speaker: string | undefined,
  linkTo: (media: MediaReference) => string,
): TwilioFields {
  switch (content?.kind) {
    case 'text':
      return [
        [
          'Body',
          content.emote === true && speaker !== undefined ? `* ${speaker} ${content.text}` : content.text,
        ],
      ];
    case 'image':
    case 'audio':
    case 'voice':
    case 'video':
    case 'file':
    case 'sticker':
      return [...optional('Body', content.caption), ['MediaUrl', linkTo(content.media)]];
    case 'location': {
      const { latitude, longitude, label } = content;
      const place = `geo:${latitude},${longitude}${label === undefined ? '' : `|${label}`}`;
      return [
        ['Body', label ?? `${latitude}, ${longitude}`],
        ['PersistentAction', place],
      ];
    }
    case 'template': {
      const variables = Object.fromEntries(
        content.parameters.map((value, index) => [String(index + 1), value]),
      );
      return [
        ['ContentSid', content.name],
        ['ContentVariables', JSON.stringify(variables)],
      ];
    }
    default: {
      const what = content === undefined ? 'an edit, a retraction or a reaction' : content.kind;
      throw new ChannelError({
        kind: 'permanent',
        certain: true,
        reason: `SMS has no way to carry: ${what}`,
      });
    }
  }
}

function optional(name: string, value: string | number | boolean | undefined): TwilioFields {
  return value === undefined ? [] : [[name, String(value)]];
}

/** As a form body. */
export function encodeFields(fields: TwilioFields): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of fields) form.append(name, value);
  return form;
}
