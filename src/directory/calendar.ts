/** Minutes after midnight on the wall, from (inclusive) to (exclusive); beyond 1440: of the next day. */
export interface DaySpan {
  readonly from: number;
  readonly to: number;
}

/** Days and stretches of time on which nobody works, whatever the week says. */
export interface Holidays {
  /** `2026-12-25`, growing. */
  readonly days: readonly string[];
  /** Milliseconds since the epoch, `[from, to)`. */
  readonly spans: readonly (readonly [number, number])[];
}

/** When a tenant works. */
export interface Calendar {
  readonly id: string;
  /** IANA, `Europe/Berlin`. */
  readonly timeZone: string;
  /** Monday to Sunday. */
  readonly week: readonly (readonly DaySpan[])[];
  /** Single days, both ends included, that go before week and holidays; no span: closed. The last that names a day counts. */
  readonly exceptions: readonly {
    readonly from: string;
    readonly to: string;
    readonly open: readonly DaySpan[];
  }[];
  readonly holidays: Holidays;
  /** An iCalendar file whose holidays count, too; fetched now and then. */
  readonly holidaysUrl?: string;
}
