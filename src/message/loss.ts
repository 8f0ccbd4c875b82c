export type LossKind =
  | 'split'
  | 'formatting'
  | 'reply'
  | 'edit'
  | 'retraction'
  | 'reaction'
  | 'caption'
  | 'media-as-other'
  | 'media-as-link'
  | 'media-dropped'
  | 'sticker'
  | 'location'
  | 'contact'
  | 'choice'
  | 'template'
  | 'page'
  | 'unsupported';

/** Something of a message that a network could not show. */
export interface Loss {
  readonly kind: LossKind;
  /** For the agent: a few words that go on where "this network cannot show it all:" begins. Never the message's text. */
  readonly detail: string;
}
