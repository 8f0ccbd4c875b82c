/**
 * A message on its way between networks: types only. Text is plain text; `html` is the Matrix subset of HTML, always
 * sanitised (sanitise-html.ts) before it gets in here. Media is by reference.
 */
export interface Message {
  /** Absent only for a retraction or a reaction. For an edit: what the message now says. */
  readonly content?: Content;
  readonly replyTo?: Reference;
  readonly edits?: Reference;
  readonly retracts?: Reference;
  readonly reactsTo?: Reaction;
}

export type Content =
  | TextContent
  | MediaContent
  | LocationContent
  | ContactContent
  | ChoiceContent
  | ChosenContent
  | PageContent
  | TemplateContent
  | UnsupportedContent;

/**
 * Another message. `id` is the network's own id in events from a channel module and in calls to one; between
 * the two, where the core holds the message, it is our MessageId.
 */
export interface Reference {
  readonly id: string;
  /** Who wrote it and how it began, for networks that can only show a quote. */
  readonly author?: string;
  readonly excerpt?: string;
}

export interface Reaction extends Reference {
  /** An emoji; empty where `removed` takes back whatever there was. */
  readonly emoji: string;
  readonly removed?: boolean;
}

export interface TextContent {
  readonly kind: 'text';
  readonly text: string;
  readonly html?: string;
  /** As by `/me`. */
  readonly emote?: boolean;
}

export type MediaKind = 'image' | 'audio' | 'voice' | 'video' | 'file' | 'sticker';

export interface MediaContent {
  readonly kind: MediaKind;
  readonly media: MediaReference;
  readonly caption?: string;
  readonly captionHtml?: string;
}

export interface MediaReference {
  readonly source:
    | { readonly type: 'matrix'; readonly homeserver: string; readonly mxc: string }
    /** Opaque to all but the module of that line, which fetches it with `fetchMedia`. */
    | { readonly type: 'channel'; readonly line: string; readonly reference: string }
    /** Already public, or made so by a signed link of ours. */
    | { readonly type: 'url'; readonly url: string };
  /** As told by the sender; checked again when the bytes are there. */
  readonly mimeType: string;
  /** Only data, never a path. */
  readonly fileName?: string;
  readonly sizeBytes?: number;
  readonly width?: number;
  readonly height?: number;
  readonly durationMs?: number;
}

export interface LocationContent {
  readonly kind: 'location';
  readonly latitude: number;
  readonly longitude: number;
  readonly label?: string;
}

export interface ContactContent {
  readonly kind: 'contact';
  readonly name: string;
  readonly phones: readonly string[];
  readonly emails: readonly string[];
}

/** A question with answers to pick from: buttons or a list where the network has them. */
export interface ChoiceContent {
  readonly kind: 'choice';
  readonly text: string;
  readonly options: readonly { readonly id: string; readonly label: string }[];
}

/** The answer to a choice. */
export interface ChosenContent {
  readonly kind: 'chosen';
  readonly id: string;
  readonly label: string;
}

/** A web page to open. */
export interface PageContent {
  readonly kind: 'page';
  readonly url: string;
  readonly title?: string;
}

/** A message that the network's operator approved beforehand. */
export interface TemplateContent {
  readonly kind: 'template';
  readonly name: string;
  readonly language: string;
  readonly parameters: readonly string[];
  /** How it reads once filled in, for the room and for networks without templates. */
  readonly text: string;
}

/** Something came that we cannot show; `description` says what, in a few words. */
export interface UnsupportedContent {
  readonly kind: 'unsupported';
  readonly description: string;
}
