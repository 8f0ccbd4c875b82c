import type { MediaKind } from './message.ts';

/** How a network marks bold and the like. `xep0393`: message styling. */
export type FormattingDialect = 'plain' | 'html' | 'xep0393' | 'whatsapp' | 'markdown';

export interface MediaCapability {
  /** Exact types or `image/*`. */
  readonly mimeTypes: readonly string[];
  readonly maxBytes: number;
  /** Longest caption in the text unit; 0: none, the caption goes as a text of its own. */
  readonly maxCaption: number;
}

/**
 * What a line's network can show, as data. The core asks this, never the channel's name.
 */
export interface Capabilities {
  readonly text: {
    /** Longest text of one message, in `unit`. */
    readonly maxLength: number;
    /** `characters`: Unicode code points; `utf16`: JavaScript's length; `bytes`: UTF-8. */
    readonly unit: 'characters' | 'utf16' | 'bytes';
    /** Where messages are cut into SMS segments, for counting and cost. */
    readonly smsSegments?: boolean;
  };
  readonly formatting: FormattingDialect;
  readonly media: Readonly<Partial<Record<MediaKind, MediaCapability>>>;
  readonly location: boolean;
  readonly contact: boolean;
  readonly reply: boolean;
  readonly edit: false | { readonly maxAgeSeconds?: number };
  readonly retract: false | { readonly maxAgeSeconds?: number };
  readonly react: false | { readonly emoji: 'any' | readonly string[] };
  readonly choice: false | { readonly maxOptions: number; readonly maxLabel: number };
  readonly template: boolean;
  readonly page: boolean;
  readonly typing: { readonly in: boolean; readonly out: boolean };
  /** What the network reports of our messages, and whether we may mark the customer's as read. */
  readonly receipts: { readonly delivered: boolean; readonly read: boolean; readonly markRead: boolean };
  /** After the customer's last message, for how long free messages are allowed. Absent: for ever. */
  readonly serviceWindowSeconds?: number;
  /** Whether we may write first. */
  readonly startConversation: boolean;
  /** Whether one endpoint can show several correspondents (the agent's name) apart. */
  readonly manyCorrespondents: boolean;
  /**
   * What happens if a message is sent again under the same delivery id after an unclear failure.
   * `safe`: the network or the module recognises it. `unclear`: the customer may see it twice, so a person or the line's policy decides.
   */
  readonly resend: 'safe' | 'unclear';
}
