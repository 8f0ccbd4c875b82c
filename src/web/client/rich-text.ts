/** Elements that may stand in a message, and what they become. */
const kept: Readonly<Record<string, keyof HTMLElementTagNameMap>> = {
  b: 'strong',
  strong: 'strong',
  i: 'em',
  em: 'em',
  u: 'u',
  s: 's',
  del: 's',
  strike: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  p: 'p',
  div: 'div',
  br: 'br',
  hr: 'hr',
  ul: 'ul',
  ol: 'ol',
  li: 'li',
  sub: 'sub',
  sup: 'sup',
  // Headings would upset the outline of the page around the chat.
  h1: 'strong',
  h2: 'strong',
  h3: 'strong',
  h4: 'strong',
  h5: 'strong',
  h6: 'strong',
};

/** Elements whose text is not text. */
const dropped =
  /^(script|style|template|noscript|iframe|object|embed|svg|math|title|textarea|select|mx-reply)$/;
const deepest = 30;

/**
 * The server's HTML as nodes of ours. It is parsed in a document of its own that runs and loads nothing, and each element is made
 * anew by an allow-list without attributes; so what the server's own sanitising might miss stays text.
 */
export function richText(html: string): DocumentFragment {
  const parsed = new DOMParser().parseFromString(html, 'text/html');
  const out = document.createDocumentFragment();
  copy(parsed.body, out, 0);
  return out;
}

function copy(from: Node, to: Node, depth: number): void {
  for (const node of from.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) to.appendChild(document.createTextNode(node.nodeValue ?? ''));
    else if (node instanceof Element || node.nodeType === Node.ELEMENT_NODE)
      copyElement(node as Element, to, depth);
  }
}

function copyElement(element: Element, to: Node, depth: number): void {
  const name = element.localName;
  if (dropped.test(name)) return;
  if (depth > deepest) {
    to.appendChild(document.createTextNode(element.textContent));
    return;
  }
  const made = name === 'a' ? link(element.getAttribute('href') ?? '') : plain(name);
  if (made !== undefined) to.appendChild(made);
  copy(element, made ?? to, depth + 1);
}

function plain(name: string): HTMLElement | undefined {
  const target = Object.hasOwn(kept, name) ? kept[name] : undefined;
  return target === undefined ? undefined : document.createElement(target);
}

/** Undefined where the address is none that a message may lead to. */
export function link(address: string): HTMLAnchorElement | undefined {
  const url = parsed(address);
  if (url === undefined || !['http:', 'https:', 'mailto:', 'tel:'].includes(url.protocol)) return undefined;
  const anchor = document.createElement('a');
  anchor.href = url.href;
  anchor.target = '_blank';
  anchor.rel = 'noopener noreferrer nofollow';
  return anchor;
}

function parsed(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

const addresses = /\bhttps?:\/\/[^\s<>"'{}|\\^`]+/gi;

/** Plain text, with web addresses as links. */
export function plainText(text: string): DocumentFragment {
  const out = document.createDocumentFragment();
  let done = 0;
  for (const match of text.matchAll(addresses)) {
    const address = withoutTail(match[0]);
    const anchor = link(address);
    if (anchor === undefined) continue;
    anchor.textContent = address;
    out.append(text.slice(done, match.index), anchor);
    done = match.index + address.length;
  }
  out.append(text.slice(done));
  return out;
}

/** Punctuation at the end belongs to the sentence, and a closing bracket only if the address has its opening one. */
function withoutTail(address: string): string {
  let end = address.replace(/[.,;:!?…]+$/, '');
  while (end.endsWith(')') && !end.includes('(')) end = end.slice(0, -1);
  return end;
}
