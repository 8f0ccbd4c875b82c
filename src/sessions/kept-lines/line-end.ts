import type { LineId } from '../../platform/ids.ts';
import { defineCollection, put, type Write } from '../../store/store.ts';

/** A line that was taken from its tenant, whose sessions may not all be ended yet. Id: the line's. */
export interface LineEnd {
  readonly line: LineId;
  /** Sessions that were opened later are of a line that was added under the same name. */
  readonly at: number;
}

export const lineEnds = defineCollection<LineEnd>('line-ends', { byLine: ['line'] });

/** Belongs into the commit that takes the line away; what comes of it: {@link LineEndings}. */
export function endOfLine(line: LineId, now: number): Write {
  return put(lineEnds, line, { line, at: now }, 'any');
}
