/*
 * JSONB takes neither NUL nor half a surrogate pair, JSON and the store's contract take both. `JSON.stringify` writes them as
 * escapes; these become U+0010 and four digits, and so does U+0010 itself, so that the way back is unambiguous.
 */
const unfit = /\\u(?:0000|0010|d[89a-f])/;
const escapes = /\\(?:u(0000|0010|d[89a-f][0-9a-f]{2})|.)/g;
const standIns = /\\(?:u0010([0-9a-f]{4})|.)/g;

/** `json` as `JSON.stringify` wrote it. */
export function toDocument(json: string): string {
  if (!unfit.test(json)) return json;
  return json.replace(escapes, (whole, digits: string | undefined) =>
    digits === undefined ? whole : `\\u0010${digits}`,
  );
}

/** `document` as PostgreSQL writes JSONB as text. */
export function fromDocument(document: string): string {
  if (!document.includes('\\u0010')) return document;
  return document.replace(standIns, (whole, digits: string | undefined) =>
    digits === undefined ? whole : `\\u${digits}`,
  );
}
