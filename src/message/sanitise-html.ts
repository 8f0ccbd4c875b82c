import { parseMatrixHtml, writeHtml } from './matrix-html.ts';

/**
 * HTML of any origin as the subset of it that Matrix allows (client-server specification 11.3.1.1): safe to show, well-formed,
 * nested at most 100 deep, links to http, https, mailto and tel only, pictures only from mxc, without the quote of a reply
 * fallback. Never throws; sanitising twice gives the same as once.
 *
 * Built on htmlparser2 and an allow-list rather than on sanitize-html: that one, given the same list, is not idempotent where
 * unwrapping brings a block into a paragraph, and the conversions to text need the same tree anyway.
 */
export function sanitiseHtml(html: string): string {
  return writeHtml(parseMatrixHtml(html));
}
