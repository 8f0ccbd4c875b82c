/**
 * An index key as bytes whose order is the order of the string's UTF-16 code units, which is how the embedded store orders:
 * UTF-8, but each half of a surrogate pair by itself in three bytes. PostgreSQL compares bytea byte by byte, under any collation.
 */
export function keyBytes(key: string): Buffer {
  return surrogate.test(key) ? unitByUnit(key) : Buffer.from(key, 'utf8');
}

const surrogate = /[\ud800-\udfff]/;

function unitByUnit(key: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < key.length; at += 1) {
    const unit = key.charCodeAt(at);
    if (unit < 0x80) bytes.push(unit);
    else if (unit < 0x800) bytes.push(0xc0 | (unit >> 6), 0x80 | (unit & 0x3f));
    else bytes.push(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  }
  return Buffer.from(bytes);
}
