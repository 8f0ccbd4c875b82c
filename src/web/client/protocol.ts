/** The transport as docs/web-chat.md describes it. */
export interface LineConfig {
  readonly title: string;
  readonly welcome?: string;
  readonly accent?: string;
  readonly askFor: readonly ('name' | 'email')[];
  readonly maxFileBytes: number;
  readonly maxTextLength: number;
}

export type Author = 'visitor' | 'agent' | 'system';

export interface WireFile {
  /** Relative to the line's address. */
  readonly url: string;
  readonly name?: string;
  readonly mimeType: string;
  readonly sizeBytes?: number;
  readonly width?: number;
  readonly height?: number;
}

export type MediaKind = 'image' | 'audio' | 'voice' | 'video' | 'file' | 'sticker';

export type WireContent =
  | { readonly kind: 'text'; readonly text: string; readonly html?: string; readonly emote?: boolean }
  | {
      readonly kind: MediaKind;
      readonly file: WireFile;
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
      readonly options: readonly { id: string; label: string }[];
    }
  | { readonly kind: 'chosen'; readonly id: string; readonly label: string; readonly choice?: string }
  | { readonly kind: 'page'; readonly url: string; readonly title?: string };

export interface Quote {
  readonly id: string;
  readonly author?: string;
  readonly excerpt?: string;
}

export interface Session {
  readonly state: 'none' | 'open' | 'closed';
  readonly agentName?: string;
}

interface Entry {
  readonly id: string;
  readonly by: Author;
  readonly at: number;
}

export type StreamEvent =
  | {
      readonly type: 'hello';
      readonly last: number;
      readonly read: number;
      readonly readByAgent: number;
      readonly session: Session;
      readonly token?: string;
    }
  | { readonly type: 'typing'; readonly active: boolean; readonly name?: string }
  | { readonly type: 'read'; readonly upTo: number }
  | NumberedEvent;

export type NumberedEvent = { readonly sequence: number } & (
  | (Entry & {
      readonly type: 'message';
      readonly sender?: string;
      readonly content?: WireContent;
      readonly replyTo?: Quote;
    })
  | (Entry & { readonly type: 'edit'; readonly target: string; readonly content?: WireContent })
  | (Entry & { readonly type: 'retraction'; readonly target: string })
  | (Entry & {
      readonly type: 'reaction';
      readonly target: string;
      readonly emoji: string;
      readonly removed?: boolean;
    })
  | (Entry & { readonly type: 'session'; readonly state: 'open' | 'closed'; readonly agentName?: string })
);
