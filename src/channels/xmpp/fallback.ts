import { ns } from './namespaces.ts';
import { element, type Element } from './xml.ts';

// XEP-0428: the part of a body that is there only for apps that do not know better.

/** Counted in Unicode code points; `end` is the first one after. */
export interface BodyRange {
  readonly start: number;
  readonly end: number;
}

/** Marks a range of the body, or all of it. */
export function fallback(purpose: string, range?: BodyRange): Element {
  const body =
    range === undefined ? undefined : element('body', { start: String(range.start), end: String(range.end) });
  return element('fallback', { xmlns: ns.fallback, for: purpose }, body);
}

/** The body without what is there for want of the given purpose. */
export function withoutFallback(message: Element, body: string, purpose: string): string {
  const marked = message.getChildren('fallback', ns.fallback).filter((each) => each.attrs['for'] === purpose);
  const points = marked.length === 0 ? [] : Array.from(body);
  const kept = points.map(() => true);
  for (const mark of marked) {
    const ranges = mark.getChildren('body');
    // Without a body in it the mark covers the subject only, if there is one in it, else everything.
    if (ranges.length === 0 && mark.getChild('subject') === undefined) return '';
    for (const { attrs } of ranges) {
      kept.fill(false, position(attrs['start'], 0), position(attrs['end'], points.length));
    }
  }
  return marked.length === 0 ? body : points.filter((_, index) => kept[index]).join('');
}

function position(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
