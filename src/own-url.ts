/** Where this machine reaches what it listens on itself: an address that stands for all of them cannot be called everywhere. */
export function ownUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  const callable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${callable.includes(':') ? `[${callable}]` : callable}:${String(port)}`;
}

/** How networks and browsers reach us: as the config file says, else at the address itself. Without a slash at the end. */
export function publicUrlOf(
  { publicUrl, host }: { readonly publicUrl?: string | undefined; readonly host: string },
  port: number,
): string {
  return (publicUrl ?? `http://${host}:${String(port)}`).replace(/\/+$/, '');
}
