import { down } from './down.ts';
import { halfOpen } from './half-open.ts';
import { failing, forgetful, killed, unclear } from './killed.ts';
import { everything, namedPoints } from './nemesis.ts';
import { planted } from './planted.ts';
import { malformed, undecidable } from './poisoned.ts';
import { moving, paused } from './replicas.ts';
import type { Row } from './row.ts';
import { stopped } from './stopped.ts';
import { stuck } from './stuck.ts';
import { waits } from './waits.ts';

/** In the order of docs/reliability.md. */
export const rows: readonly Row[] = [
  planted,
  killed,
  everything,
  namedPoints,
  forgetful(true),
  forgetful(false),
  failing,
  unclear,
  undecidable,
  malformed,
  stuck,
  moving,
  paused,
  stopped,
  waits,
  halfOpen,
  down,
];
