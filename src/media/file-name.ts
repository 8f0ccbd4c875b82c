/** Longest name that we show or store, in UTF-8 bytes: what common file systems take, with room for an ending of ours. */
const maxBytes = 200;

// eslint refuses control characters in a pattern's text, so they are named by their code points.
const unwanted = new RegExp(
  `[${String.fromCodePoint(0)}-${String.fromCodePoint(0x1f)}${String.fromCodePoint(0x7f)}-${String.fromCodePoint(0x9f)}` +
    // Marks that turn the direction of writing, join or hide: `gpj.exe` must not look like `exe.jpg`.
    '\\u00ad\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]',
  'g',
);
const reservedOnWindows = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * A file name from outside as one that may be shown and saved under: the last part of what might be a path, without control
 * characters and marks of writing direction, at most 200 bytes with its ending kept. Names stay data: we never store under them.
 */
export function safeFileName(name: string | undefined, fallback = 'file'): string {
  const last = (name ?? '').slice(-4096).toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .normalize('NFC')
    .replace(unwanted, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .replace(reservedOnWindows, '_$&');
  return clean === '' ? fallback : shorten(clean);
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  let stem = '';
  let left = maxBytes - Buffer.byteLength(ending);
  for (const character of name.slice(0, name.length - ending.length)) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    stem += character;
  }
  return stem.trimEnd() + ending;
}

/** A Content-Disposition header (RFC 6266) that names the file: in ASCII for old clients, in UTF-8 for all others (RFC 8187). */
export function contentDisposition(type: 'attachment' | 'inline', name: string | undefined): string {
  const safe = safeFileName(name);
  const ascii = safe.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_');
  if (ascii === safe) return `${type}; filename="${ascii}"`;
  const encoded = encodeURIComponent(safe).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${type}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** The name that a server gives a file: by its Content-Disposition, else by the end of the URL's path. Made safe. */
export function fileNameFrom(disposition: string | undefined, url?: URL): string | undefined {
  const header = (disposition ?? '').slice(0, 2048);
  const extended = /;\s*filename\*\s*=\s*UTF-8'[^']*'([^;\s]+)/i.exec(header)?.[1];
  const quoted = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
  const bare = /;\s*filename\s*=\s*([^";\s]+)/i.exec(header)?.[1];
  const last = url?.pathname.split('/').at(-1);
  for (const candidate of [decoded(extended), quoted, bare, decoded(last)]) {
    const safe = safeFileName(candidate, '');
    if (safe !== '') return safe;
  }
  return undefined;
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
