import type { HtmlElement, HtmlNode } from './matrix-html.ts';

/** A link to a Matrix user, room or event: of no use outside Matrix, and no customer's business. */
export function isMention(element: HtmlElement): boolean {
  return element.tag === 'a' && /^https:\/\/matrix\.to\/#\//i.test(element.attributes['href'] ?? '');
}

/** The same with such links' labels in their place. */
export function unwrapMentions(nodes: readonly HtmlNode[]): HtmlNode[] {
  return nodes.flatMap((node): HtmlNode[] => {
    if (typeof node === 'string') return [node];
    const children = unwrapMentions(node.children);
    return isMention(node) ? children : [{ ...node, children }];
  });
}
