export type PartOutcome = 'declared in the config file' | 'no such part' | 'other than expected' | 'in use';

/** A change of the directory that is not made, for what there is at the moment. */
export class PartNotChanged extends Error {
  override readonly name = 'PartNotChanged';
  readonly outcome: PartOutcome;
  /** `in use`: by whom, in words for operators. */
  readonly because: string | undefined;
  constructor(outcome: PartOutcome, because?: string) {
    super(because === undefined ? outcome : `${outcome}: ${because}`);
    this.outcome = outcome;
    this.because = because;
  }
}
