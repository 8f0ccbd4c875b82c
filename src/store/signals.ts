/**
 * Words between the processes that share a store, to whoever listens at the moment. Not durable: whoever relies on one looks for itself
 * from time to time.
 */
export interface Signals {
  /**
   * To all that listen to the channel, this process included. At most 7,000 bytes.
   * @throws {StoreUnavailable} when it is not known to have gone out.
   */
  send(channel: string, text: string): Promise<void>;
  /** The returned function ends it. */
  listen(channel: string, hear: (text: string) => void): () => void;
  /** Called when words may have been missed: after a connection that broke is there again. */
  onGap(listener: () => void): void;
  close(): Promise<void>;
}
