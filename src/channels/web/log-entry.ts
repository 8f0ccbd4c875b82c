import { z } from 'zod';
import type { MediaReference } from '../../message/message.ts';

/** Who an entry of the log comes from. */
export type Author = 'visitor' | 'agent' | 'system';

/** What a message says, as the log keeps it. Becomes wire data in to-wire.ts. */
export type LoggedContent =
  | { readonly kind: 'text'; readonly text: string; readonly html?: string; readonly emote?: boolean }
  | {
      readonly kind: 'image' | 'audio' | 'voice' | 'video' | 'file' | 'sticker';
      readonly media: MediaReference;
      readonly caption?: string;
      readonly captionHtml?: string;
    }
  | {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly label?: string;
    }
  | {
      readonly kind: 'contact';
      readonly name: string;
      readonly phones: readonly string[];
      readonly emails: readonly string[];
    }
  | {
      readonly kind: 'choice';
      readonly text: string;
      readonly options: readonly { readonly id: string; readonly label: string }[];
    }
  | { readonly kind: 'chosen'; readonly id: string; readonly label: string; readonly choice?: string }
  | { readonly kind: 'page'; readonly url: string; readonly title?: string };

/**
 * One thing that happened in a visitor's chat. `id` is the visitor's own name of it (made by the browser for what the visitor
 * does, derived from the delivery for the rest); `target` is the `id` of the message that it is about.
 */
export type LogEntry =
  | {
      readonly type: 'message';
      readonly id: string;
      readonly by: Author;
      readonly sender?: string;
      readonly at: number;
      /** Gone once the message was retracted. */
      readonly content?: LoggedContent;
      readonly replyTo?: { readonly id: string; readonly author?: string; readonly excerpt?: string };
    }
  | {
      readonly type: 'edit';
      readonly id: string;
      readonly by: Author;
      readonly target: string;
      readonly at: number;
      readonly content?: LoggedContent;
    }
  | {
      readonly type: 'retraction';
      readonly id: string;
      readonly by: Author;
      readonly target: string;
      readonly at: number;
    }
  | {
      readonly type: 'reaction';
      readonly id: string;
      readonly by: Author;
      readonly target: string;
      readonly at: number;
      /** Empty with `removed`: whatever reactions this side gave. */
      readonly emoji: string;
      readonly removed?: boolean;
    }
  | {
      readonly type: 'session';
      readonly id: string;
      readonly by: Author;
      readonly at: number;
      readonly state: 'open' | 'closed';
      readonly agentName?: string;
    };

export interface SequencedEntry {
  /** Position in the visitor's log: grows by one, the event id of the stream. */
  readonly sequence: number;
  readonly entry: LogEntry;
}

const optionalText = z.string().optional();
export const visitorSchema = z.object({
  name: optionalText,
  email: optionalText,
  language: optionalText,
  page: optionalText,
  /** The browser, as it calls itself. */
  client: optionalText,
  createdAt: z.number(),
  activeAt: z.number(),
  /** Sequence of the newest entry; 0: none yet. */
  last: z.number(),
  /** How many entries are kept. */
  kept: z.number(),
  /** Up to where a browser of the visitor got, and up to where the visitor saw. */
  delivered: z.number(),
  read: z.number(),
  /** Up to where the agents read what the visitor wrote. */
  readByAgent: z.number(),
  session: z.object({ state: z.enum(['none', 'open', 'closed']), agentName: optionalText }),
});
/** As it is stored. */
export type VisitorRecord = z.output<typeof visitorSchema>;
export interface Visitor extends VisitorRecord {
  /** Of the record that was read: writing it insists that nobody wrote it meanwhile. */
  readonly version: number;
}
