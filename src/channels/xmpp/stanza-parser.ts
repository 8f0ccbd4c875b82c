import { Parser, XMLError, type Element } from '@xmpp/xml';

export interface StanzaLimits {
  /** Largest stanza that is read: its names and values, and what an element costs us. A larger one is refused, the stream goes on. */
  readonly maxBytes: number;
  /** Deepest nesting, the stanza itself being 1. */
  readonly maxDepth: number;
  /** Where even skipping is no longer worth it: the stream is broken off. */
  readonly maxRawBytes: number;
}

/** An element in memory is worth more than its two tags: thousands of empty ones are no small stanza. */
const bytesPerElement = 48;

export const stanzaLimits: StanzaLimits = {
  maxBytes: 256 * 1024,
  maxDepth: 32,
  maxRawBytes: 4 * 1024 * 1024,
};

/** Why a stanza was not read, by its head. */
const refusals = new WeakMap<Element, string>();

/** For a stanza that went over a limit and came through as its head only: the reason. */
export function refusalOf(stanza: Element): string | undefined {
  return refusals.get(stanza);
}

/**
 * The library's parser with limits. What goes over them costs no memory: it is skipped to its end, and only the head of the stanza
 * comes through, so that its sender can be answered. What XMPP forbids on a stream (RFC 6120, 11.1) throws.
 */
export class StanzaParser extends Parser {
  #depth = 0;
  #bytes = 0;
  #rawBytes = 0;
  #tail = '';
  #held = '';
  #refusal: string | undefined;
  readonly #skipped: string[] = [];

  override write(data: string): void {
    this.#rawBytes += data.length;
    if (this.#rawBytes > stanzaLimits.maxRawBytes) throw new XMLError('a stanza is too large to be skipped');
    // In XML `<` begins markup wherever it stands, so no context is needed to see document types and comments.
    const seen = this.#tail + data;
    if (/<!(?!\[|$)|<!\[(?!C|$)/.test(seen)) throw new XMLError('document types and comments are forbidden');
    this.#tail = seen.slice(-2).replace(/^[^<]*/, '');
    // The library looks for the end of an unfinished text again from each of its characters, which costs seconds for a large one; so
    // it is given only what ends with markup.
    const end = Math.max(data.lastIndexOf('<'), data.lastIndexOf('>')) + 1;
    const ready = end === 0 ? '' : this.#held + data.slice(0, end);
    this.#held = end === 0 ? this.#held + data : data.slice(end);
    if (ready !== '') super.write(ready);
  }

  override onStartElement(name: string, attrs: Record<string, string>): void {
    this.#depth += 1;
    if (this.#depth > 1) {
      this.#count(name.length * 2 + bytesPerElement);
      for (const [key, value] of Object.entries(attrs))
        this.#count(key.length + 4 + Buffer.byteLength(value));
      if (this.#depth - 1 > stanzaLimits.maxDepth) this.#refusal ??= 'the stanza is nested too deeply';
    }
    if (this.#refusal !== undefined && this.#depth > 2) this.#skipped.push(name);
    else super.onStartElement(name, attrs);
  }

  override onText(text: string): void {
    if (this.#depth > 1) this.#count(Buffer.byteLength(text));
    else if (this.#depth === 1) return; // keep-alive spaces between stanzas
    if (this.#refusal === undefined) super.onText(text);
  }

  override onEndElement(name: string): void {
    this.#depth -= 1;
    const skipped = this.#skipped.pop();
    if (skipped !== undefined) {
      if (skipped !== name) throw new XMLError(`${skipped} must be closed`);
      return;
    }
    const stanza = this.cursor;
    if (this.#depth === 1 && stanza !== null) {
      if (this.#refusal !== undefined) {
        stanza.children = [];
        refusals.set(stanza, this.#refusal);
      }
      this.#refusal = undefined;
      this.#bytes = 0;
      this.#rawBytes = 0;
    }
    super.onEndElement(name);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > stanzaLimits.maxBytes) this.#refusal ??= 'the stanza is too large';
  }
}
