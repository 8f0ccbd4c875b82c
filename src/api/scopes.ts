/** What a tenant's key may be allowed: to read a kind of things, or to change them. Writing does not include reading. */
export const scopes = [
  'agents:read',
  'agents:write',
  'deliveries:read',
  'deliveries:write',
  'directory:read',
  'directory:write',
  'events:read',
  'keys:read',
  'keys:write',
  'lines:read',
  'lines:write',
  'messages:read',
  'quarantine:read',
  'quarantine:write',
  'queues:read',
  'queues:write',
  'routing:read',
  'routing:write',
  'webhooks:read',
  'webhooks:write',
] as const;

export type Scope = (typeof scopes)[number];

/** Who may call a route: the operator, and keys with the scope; the operator only; everybody, without any key. */
export type Access = Scope | 'operator' | 'public';
