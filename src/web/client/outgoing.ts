import type { Quote, WireContent } from './protocol.ts';

/** Something that the visitor did and that the server does not have yet. `id` stays the same however often it is sent. */
export interface Outgoing {
  readonly id: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly at: number;
  /** How it looks until the server has it. */
  readonly shown?: WireContent;
  readonly quote?: Quote;
  /** Uploaded first; lives only as long as the page. */
  readonly file?: File;
  /** Why the server refused it for good. */
  readonly refused?: string;
}
