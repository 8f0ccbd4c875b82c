/**
 * Which elements, attributes and links of Matrix' subset of HTML may stay (client-server specification 11.3.1.1, with the
 * links cut down to the schemes that a customer's or an agent's client should ever open from here).
 */

/** Dropped together with everything inside: what is in them was never meant to be read, or belongs to a quoted message. */
const droppedElements = new Set(
  (
    'mx-reply script style title head template textarea iframe frameset noscript noembed noframes ' +
    'object applet xmp plaintext svg math select audio video canvas'
  ).split(' '),
);

const allowedElements = new Set(
  (
    'del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead tbody tr th td ' +
    'caption pre span img details summary'
  ).split(' '),
);

/** Older names of what is still allowed. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['strike', 's'],
  ['ins', 'u'],
  ['font', 'span'],
]);

export const voidElements: ReadonlySet<string> = new Set(['br', 'hr', 'img']);

const linkProtocols = new Set(['http:', 'https:', 'mailto:', 'tel:']);
const mxc = /^mxc:\/\/[^\s/?#]{1,255}\/[A-Za-z0-9_-]{1,255}$/;
const colour = /^#[0-9a-fA-F]{6}$/;
const pixels = /^\d{1,4}$/;
const listStart = /^-?\d{1,9}$/;
const languageClass = /^language-[\w+#.-]{1,40}$/;

export type Verdict = 'drop' | 'unwrap' | { readonly tag: string };

/** What to do with an element, by its lower-case name. */
export function judgeElement(name: string): Verdict {
  if (droppedElements.has(name)) return 'drop';
  const tag = aliases.get(name) ?? name;
  return allowedElements.has(tag) ? { tag } : 'unwrap';
}

/** Attributes that may stay, in a fixed order; undefined when the element makes no sense without the ones that it lost. */
export function allowedAttributes(
  name: string,
  given: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const kept: Record<string, string> = {};
  const keep = (attribute: string, pattern?: RegExp, from = attribute): void => {
    const value = Object.hasOwn(given, from) ? given[from] : undefined;
    if (value === undefined) return;
    const clean = cleanText(value);
    if (pattern === undefined || pattern.test(clean)) kept[attribute] = clean;
  };
  switch (name) {
    case 'a': {
      const href = allowedLink(Object.hasOwn(given, 'href') ? (given['href'] ?? '') : '');
      if (href === undefined) return undefined;
      kept['href'] = href;
      break;
    }
    case 'img':
      keep('src', mxc);
      if (kept['src'] === undefined) return undefined;
      keep('alt');
      keep('title');
      keep('width', pixels);
      keep('height', pixels);
      break;
    case 'font':
      keep('data-mx-color', colour, 'color');
      keep('data-mx-color', colour);
      keep('data-mx-bg-color', colour);
      break;
    case 'span':
      keep('data-mx-color', colour);
      keep('data-mx-bg-color', colour);
      keep('data-mx-spoiler');
      keep('data-mx-maths');
      break;
    case 'div':
      keep('data-mx-maths');
      break;
    case 'ol':
      keep('start', listStart);
      break;
    case 'code':
      keep('class', languageClass);
      break;
    default:
  }
  return kept;
}

/** The link as it may stand in an `href`, or undefined. */
export function allowedLink(href: string): string | undefined {
  // Browsers drop tabs and line ends wherever they stand in a URL (`java\nscript:`); so they are dropped here already.
  const clean = cleanText(href)
    .replace(/[\t\n]/g, '')
    .trim();
  const parsed = URL.parse(clean);
  return parsed !== null && linkProtocols.has(parsed.protocol) ? clean : undefined;
}

// eslint refuses control characters in a pattern's text, so they are named by their code points.
const controls = new RegExp(
  `[${String.fromCharCode(0)}-${String.fromCharCode(8)}${String.fromCharCode(11)}-${String.fromCharCode(31)}${String.fromCharCode(127)}]`,
  'g',
);
const suspicious = new RegExp(controls.source);

/** Without control characters other than tab and line feed, which XML, SMS and PostgreSQL cannot carry, and without lone surrogates. */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return suspicious.test(wellFormed) ? wellFormed.replace(/\r\n?/g, '\n').replace(controls, '') : wellFormed;
}
