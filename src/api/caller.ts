import type { TenantId } from '../platform/ids.ts';
import type { Scope } from './scopes.ts';

/** Who sent a request, as far as its bearer token tells. */
export type Caller =
  | { readonly kind: 'operator' }
  | {
      readonly kind: 'key';
      readonly tenant: TenantId;
      readonly id: string;
      readonly scopes: readonly Scope[];
    };

/** For our log. */
export function nameOfCaller(caller: Caller): string {
  return caller.kind === 'operator' ? 'operator' : `key ${caller.id}`;
}
