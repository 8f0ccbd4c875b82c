import { mediaKindOf } from '../../media/media-kind.ts';
import type { MediaContent } from '../../message/message.ts';
import { typeByName } from './media-type.ts';
import { ns } from './namespaces.ts';
import { childText, element, type Element } from './xml.ts';

// XEP-0066: a file by its URL. Where the body is the URL and nothing else, apps show the file itself.

const maxUrlLength = 4096;
const maxFiles = 10;

/** Links to files that can be fetched; what is not http(s) (`aesgcm:` is encrypted) is left out. */
export function filesOf(message: Element): string[] {
  return message
    .getChildren('x', ns.outOfBand)
    .map((file) => childText(file, 'url', ns.outOfBand)?.trim() ?? '')
    .filter(isWebUrl)
    .slice(0, maxFiles);
}

export function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && text.length <= maxUrlLength && URL.canParse(text);
}

export function outOfBand(url: string): Element {
  return element('x', { xmlns: ns.outOfBand }, element('url', {}, url));
}

/** A file of the customer's. Its reference is the link: fetched by us alone, through the guarded client. */
export function mediaBehind(url: string, line: string, caption: string | undefined): MediaContent {
  const fileName = nameIn(url);
  const mimeType = typeByName(fileName ?? '');
  return {
    kind: mediaKindOf(mimeType),
    media: {
      source: { type: 'channel', line, reference: url },
      mimeType,
      ...(fileName === undefined ? {} : { fileName }),
    },
    ...(caption === undefined ? {} : { caption }),
  };
}

function nameIn(url: string): string | undefined {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  let name = last;
  try {
    name = decodeURIComponent(last);
  } catch {
    // not percent-encoded after all
  }
  const clean = name.replace(/[/\\\p{Cc}]/gu, '_').slice(0, 200);
  return clean === '' ? undefined : clean;
}
