export type HttpMethod = 'GET' | 'POST';

/**
 * A URL in an answer may come with the method by which it is to be asked. It is kept in the URL's fragment, which no server ever sees (Twilio
 * has its connection overrides there), so that instructions need nothing but a URL.
 */
export function withMethod(url: string, method: HttpMethod | undefined): string {
  const bare = new URL(url);
  bare.hash = method === undefined ? '' : `method=${method}`;
  return bare.href;
}

/** The URL without its fragment, and the method that was in it. */
export function splitMethod(url: string): { readonly url: string; readonly method?: HttpMethod } {
  const bare = new URL(url);
  const method = /^#method=(GET|POST)$/.exec(bare.hash)?.[1] as HttpMethod | undefined;
  bare.hash = '';
  return { url: bare.href, ...(method === undefined ? {} : { method }) };
}
