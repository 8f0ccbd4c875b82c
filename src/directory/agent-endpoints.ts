import { as, type LineId, type MatrixUserId } from '../platform/ids.ts';
import type { AgentAddress } from './tenant.ts';

/** An endpoint as it is declared: a Matrix account, or an address on a line. */
export type DeclaredEndpoint = string | { readonly line: string; readonly address: string };

/** Accounts are invited to rooms, addresses are written to: apart, each in the order in which they were declared. */
export function splitEndpoints(declared: readonly DeclaredEndpoint[]): {
  readonly accounts: readonly MatrixUserId[];
  readonly addresses: readonly AgentAddress[];
} {
  return {
    accounts: declared.flatMap((each) => (typeof each === 'string' ? [as<MatrixUserId>(each)] : [])),
    addresses: declared.flatMap((each) =>
      typeof each === 'string' ? [] : [{ line: as<LineId>(each.line), address: each.address }],
    ),
  };
}
