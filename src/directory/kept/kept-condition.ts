/** What a kept record must be for a change to be made: of this tag, there, or not there. */
export interface Condition {
  readonly ifMatch?: string;
  readonly ifPresent?: boolean;
  readonly ifAbsent?: boolean;
}

/** `tag`: of the record as it is; absent where there is none. */
export function fits(tag: string | undefined, condition: Condition): boolean {
  const { ifMatch, ifPresent = false, ifAbsent = false } = condition;
  if (ifMatch !== undefined && ifMatch !== tag) return false;
  return !(ifPresent && tag === undefined) && !(ifAbsent && tag !== undefined);
}
