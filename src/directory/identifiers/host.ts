/** A host name as the DNS has it: IDNA in its ASCII form, one case, no dot at the end. Undefined where it is none. */
export function normaliseHost(written: string): string | undefined {
  if (!URL.canParse(`http://${written}/`)) return undefined;
  const { hostname, port, username, pathname } = new URL(`http://${written}/`);
  if (port !== '' || username !== '' || pathname !== '/') return undefined;
  const host = hostname.replace(/\.+$/, '');
  return host === '' || host.length > 253 ? undefined : host;
}
