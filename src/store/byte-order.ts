/**
 * Strings by their UTF-8 bytes, which is how PostgreSQL's "C" collation compares. JavaScript's own order differs only where
 * both have characters from the surrogates on.
 */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  if (fromSurrogatesOn.test(a) && fromSurrogatesOn.test(b))
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

const fromSurrogatesOn = /[\ud800-\uffff]/;
