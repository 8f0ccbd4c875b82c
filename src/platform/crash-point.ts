/**
 * Named points at which a crash matters. In production they cost one property read. A test sets
 * `SWITCHBOARD_CRASH_AT=<point>` (or `<point>#<n>` for the n-th pass) and the process kills itself there
 * with SIGKILL, as a power cut would.
 */
export type CrashPoint =
  | 'store-before-append'
  | 'store-half-appended'
  | 'store-after-append-before-apply'
  | 'store-during-checkpoint'
  | 'inbox-before-commit'
  | 'inbox-after-commit-before-ack'
  | 'inbox-after-decision-before-commit'
  | 'inbox-after-decision-commit'
  | 'outbox-before-call'
  | 'outbox-after-call-before-commit'
  | 'outbox-after-commit'
  | 'room-created-before-commit'
  | 'move-after-batch'
  | 'move-before-end';

const [wanted, nth] = (process.env['SWITCHBOARD_CRASH_AT'] ?? '').split('#');
let remaining = Number(nth ?? '1');

/** Dies here if the environment asks for it. */
export function crashPoint(point: CrashPoint): void {
  if (wanted === '' || wanted !== point) return;
  remaining -= 1;
  if (remaining <= 0) process.kill(process.pid, 'SIGKILL');
}

/** Whether the environment asks to die at this point: for a write that must be cut in two to die in its middle. */
export function isCrashPointWanted(point: CrashPoint): boolean {
  return wanted === point;
}
