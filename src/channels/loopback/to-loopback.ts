import type { Address, Outgoing } from '../channel.ts';
import type { Content, MediaReference } from '../../message/message.ts';

/** What a customer is shown, as it goes out: flat JSON, `type` says which of the other fields there are. */
export interface ToCustomer {
  readonly id: string;
  readonly to: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How media becomes a link that the customer's program can follow. */
export type LinkTo = (media: MediaReference) => string;

/** Pure but for `linkTo`. The delivery id is the message's id on this network, so that a repetition is recognised. */
export function toLoopback(
  address: Address,
  { deliveryId, message, sender }: Outgoing,
  linkTo: LinkTo,
): ToCustomer {
  const common = {
    id: deliveryId,
    to: address.id,
    ...(address.via === undefined ? {} : { as: address.via }),
    ...(sender === undefined ? {} : { sender: sender.name }),
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo.id }),
  };
  if (message.retracts !== undefined) return { ...common, type: 'retract', target: message.retracts.id };
  if (message.reactsTo !== undefined) {
    const { id, emoji, removed } = message.reactsTo;
    return { ...common, type: 'react', target: id, emoji: removed === true ? '' : emoji };
  }
  const body = message.content === undefined ? { type: 'unsupported' } : toBody(message.content, linkTo);
  if (message.edits === undefined) return { ...common, ...body };
  return { ...common, ...body, type: 'edit', target: message.edits.id };
}

function toBody(
  content: Content,
  linkTo: LinkTo,
): { readonly type: string; readonly [field: string]: unknown } {
  switch (content.kind) {
    case 'text':
    case 'location':
    case 'contact':
    case 'choice':
    case 'page': {
      const { kind, ...fields } = content;
      return { type: kind, ...fields };
    }
    case 'chosen':
      return { type: 'text', text: content.label };
    case 'template':
      return { type: 'text', text: content.text };
    case 'unsupported':
      return { type: 'unsupported', text: content.description };
    default: {
      const { kind, media, caption } = content;
      return {
        type: 'media',
        kind,
        url: linkTo(media),
        mimeType: media.mimeType,
        ...(media.fileName === undefined ? {} : { fileName: media.fileName }),
        ...(caption === undefined ? {} : { text: caption }),
      };
    }
  }
}
