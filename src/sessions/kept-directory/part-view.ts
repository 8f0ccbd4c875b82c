import type { KeptPart, Part } from '../../directory/kept/kept-part.ts';

/** A part of the directory as an operator may see it. */
export interface PartView extends Part {
  /** `file`: declared in the config file, and changed there. */
  readonly source: 'file' | 'rest';
  readonly createdAt?: number;
  readonly changedAt?: number;
  /** Changes with the part. */
  readonly tag?: string;
  /** Why it cannot be used, where it cannot. */
  readonly problem?: string;
}

export function declaredPart({ kind, name, body }: Part): PartView {
  return { kind, name, body, source: 'file' };
}

export function keptPart({ kind, name, body, createdAt, changedAt, tag }: KeptPart): PartView {
  return { kind, name, body, source: 'rest', createdAt, changedAt, tag };
}
