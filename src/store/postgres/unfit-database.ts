/** The database, the role or the way to it is not fit to hold a store, and an operator must do something. Nothing was changed. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';
  readonly found: string;
  readonly expected: string;
  constructor(found: string, expected: string, options?: ErrorOptions) {
    super(`found ${found}, expected ${expected}`, options);
    this.found = found;
    this.expected = expected;
  }
}
