import type { AdaptContext } from './adapted.ts';
import { adaptMedia } from './adapt-media.ts';
import { textPiece } from './adapt-text.ts';
import type { Capabilities } from './capabilities.ts';
import { cleanText } from './html-allow-list.ts';
import type { Loss, LossKind } from './loss.ts';
import type { ChoiceContent, ContactContent, Content, LocationContent, PageContent } from './message.ts';
import { textLength } from './text-length.ts';
import { choiceAsMenu } from './understand-choice.ts';

/** One content as the contents that the network has; texts still of any length. */
export function adaptContent(
  content: Content,
  capabilities: Capabilities,
  context: AdaptContext,
  lost: Loss[],
): Content[] {
  const asText = (text: string, kind?: LossKind, detail = ''): Content[] => {
    if (kind !== undefined) lost.push({ kind, detail });
    return [textPiece(text, undefined, capabilities, lost)];
  };
  switch (content.kind) {
    case 'text': {
      const piece = textPiece(content.text, content.html, capabilities, lost);
      return [content.emote === true ? { ...piece, emote: true } : piece];
    }
    case 'location':
      if (capabilities.location) return [content];
      return asText(locationText(content), 'location', 'the location went as a link to a map');
    case 'contact':
      if (capabilities.contact) return [content];
      return asText(contactText(content), 'contact', 'the contact went as text');
    case 'choice':
      if (canChoose(content, capabilities)) return [{ ...content, text: cleanText(content.text) }];
      return asText(choiceAsMenu(content), 'choice', 'the choice went as a numbered list');
    case 'chosen':
      return asText(content.label.trim() === '' ? content.id : content.label);
    case 'page':
      if (capabilities.page) return [content];
      return [{ kind: 'text', text: pageText(content, capabilities, lost) }];
    case 'template':
      if (capabilities.template) return [content];
      return asText(content.text);
    case 'unsupported': {
      const what = content.description.trim();
      if (what === '') {
        lost.push({ kind: 'unsupported', detail: 'a message of a kind that is not supported was left out' });
        return [];
      }
      return asText(
        `[${what}]`,
        'unsupported',
        'a message of a kind that is not supported went as a note of it',
      );
    }
    default:
      return adaptMedia(content, capabilities, context, lost);
  }
}

function canChoose(choice: ChoiceContent, { choice: can }: Capabilities): boolean {
  return (
    can !== false &&
    choice.options.length > 0 &&
    choice.options.length <= can.maxOptions &&
    choice.options.every((option) => textLength(option.label, 'characters') <= can.maxLabel)
  );
}

function locationText(location: LocationContent): string {
  const label = location.label?.trim() ?? '';
  if (!Number.isFinite(location.latitude) || !Number.isFinite(location.longitude)) return label;
  const [latitude, longitude] = [location.latitude, location.longitude].map((n) =>
    String(Number(n.toFixed(6))),
  );
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}`;
  return label === '' ? url : `${label}\n${url}`;
}

function contactText(contact: ContactContent): string {
  return [contact.name, ...contact.phones, ...contact.emails].filter((line) => line.trim() !== '').join('\n');
}

function pageText(page: PageContent, capabilities: Capabilities, lost: Loss[]): string {
  const title = page.title?.trim() ?? '';
  const url = cleanText(page.url);
  return title === '' ? url : `${textPiece(title, undefined, capabilities, lost).text}\n${url}`;
}
