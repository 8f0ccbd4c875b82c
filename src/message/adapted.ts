import type { Loss } from './loss.ts';
import type { MediaReference, Message } from './message.ts';

export interface AdaptContext {
  /** A link by which the customer gets a file that the network does not take; without it such a file is lost. */
  readonly signedLink?: (media: MediaReference) => string;
  /** Of the message that is edited or retracted, where it is known: how old it is, and in how many messages it went. */
  readonly target?: { readonly ageSeconds?: number; readonly parts?: number };
}

export interface Adapted {
  /** In the order in which they are to go. Empty when the network can show nothing of it. */
  readonly messages: readonly Message[];
  readonly lost: readonly Loss[];
}
