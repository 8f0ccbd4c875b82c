import type { IndexValue } from './store.ts';

/**
 * Index values as one string whose order (by UTF-16 code units, which is what `<` compares) is the order of the values,
 * field after field, then of the record's id. One flat string a record keeps the index's nodes small and makes every query
 * a range of strings. Numbers are their eight IEEE bytes with the sign turned round; a NUL ends a string and, inside one,
 * is followed by \u00ff, so that no value runs into the next. Types sort as boolean, number, string.
 */
const numberBytes = new DataView(new ArrayBuffer(8));

function encodeNumber(value: number): string {
  numberBytes.setFloat64(0, value === 0 ? 0 : value);
  const negative = (numberBytes.getUint8(0) & 0x80) !== 0;
  let out = 'n';
  for (let at = 0; at < 8; at += 1) {
    const byte = numberBytes.getUint8(at);
    out += String.fromCharCode(negative ? byte ^ 0xff : at === 0 ? byte ^ 0x80 : byte);
  }
  return out;
}

function encodeValue(value: IndexValue): string {
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  if (typeof value === 'number') return encodeNumber(value);
  const escaped = value.includes('\0') ? value.replaceAll('\0', '\0\u00ff') : value;
  return `s${escaped}\0`;
}

/** Sorts after every tag of a value, before the escape character. */
const afterEveryTag = 't';
const idTag = 'i';
const afterIdTag = 'j';

export function encodeValues(values: readonly IndexValue[]): string {
  return values.map(encodeValue).join('');
}

/** The place of one record in an index. */
export function recordKey(values: readonly IndexValue[], id: string): string {
  return encodeValues(values) + idTag + id;
}

/** Before this key lie all records whose fields begin with `values` and which have a further field. */
export function endOfPrefix(values: readonly IndexValue[]): string {
  return encodeValues(values) + afterEveryTag;
}

/** Before this key lie all records whose fields are exactly `values`. */
export function endOfValues(values: readonly IndexValue[]): string {
  return encodeValues(values) + afterIdTag;
}

export function isIndexValue(value: unknown): value is IndexValue {
  return (
    typeof value === 'string' ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value))
  );
}
