/** Whether a browser's page of this origin may use the line. Requests without `Origin` do not come from another site's page. */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  publicUrl: string,
  allowedOrigins: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (allowedOrigins.includes(origin) || origin === new URL(publicUrl).origin) return true;
  // The hosted page, reached under another of the server's names: the browser sets both headers, and they agree.
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'retry-after',
    vary: 'origin',
  };
}

export function preflightHeaders(origin: string): Record<string, string> {
  return {
    ...corsHeaders(origin),
    'access-control-allow-methods': 'GET, POST, PUT',
    'access-control-allow-headers': 'authorization, content-type, last-event-id, x-file-name',
    'access-control-max-age': '7200',
  };
}
