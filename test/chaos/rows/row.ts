import type { RunningPostgres } from '../../../dev/postgres/start-postgres.ts';
import type { Verdict } from '../checker.ts';
import type { Verdicts } from '../history.ts';

/** Where the process keeps what it must not lose. */
export type StoreKind = 'embedded' | 'postgres';

export interface RowSetting {
  readonly seed: number;
  readonly store: StoreKind;
  /** The counts of the promise; otherwise reduced ones, for each change. */
  readonly full: boolean;
  /** For `postgres`. */
  readonly server: RunningPostgres | undefined;
  /** Told how it goes. */
  readonly progress: (line: string) => void;
}

/** What a run of a row found. */
export interface RowReport {
  /** What is not as promised, in words; none is right. */
  readonly wrong: readonly string[];
  /** What was counted or measured, by name. */
  readonly figures: Readonly<Record<string, number | string>>;
  /** The processes' last words, where something is wrong. */
  readonly lastWords?: string;
}

/** A promise of docs/reliability.md, and how it is tried. */
export interface Row {
  /** `R1`; where a promise is tried in several ways, `R14-half-open`. */
  readonly id: string;
  readonly promise: string;
  readonly stores: readonly StoreKind[];
  /** Its reduced run waits for most of its time, and disturbs no other: several may run at once. */
  readonly mostlyWaits?: true;
  run(setting: RowSetting): Promise<RowReport>;
}

export const bothStores: readonly StoreKind[] = ['embedded', 'postgres'];

const shown = 5;

/** What the checker found, in words. */
export function wrongIn({ toAgents, toCustomers }: Verdicts): string[] {
  const ofOne = (whom: string, verdict: Verdict): string[] =>
    Object.entries(verdict).flatMap(([what, texts]: [string, readonly string[]]) =>
      texts.length === 0 ? [] : [`${texts.length} to ${whom} ${what}: ${texts.slice(0, shown).join(', ')}`],
    );
  return [...ofOne('agents', toAgents), ...ofOne('customers', toCustomers)];
}

/** `what` as it is said of something wrong, where `holds` is false. */
export function unless(holds: boolean, what: string): string[] {
  return holds ? [] : [what];
}
