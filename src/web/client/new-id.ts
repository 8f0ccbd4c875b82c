/** A name that nobody else has made. `crypto.randomUUID` would be missing on sites without https. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}
