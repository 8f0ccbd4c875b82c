import * as sdkLogging from 'matrix-js-sdk/lib/logger.js';

type Logger = sdkLogging.Logger;

const nothing = (): void => undefined;

/** For the SDK's clients: they log each request. */
export const silent: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => silent,
};

/**
 * What is not a client logs by the SDK's own logger, which nobody is meant to use any more but the SDK. Its children take over its
 * methods when they are made, so this module must be imported before the SDK itself.
 */
const root = Reflect.get(sdkLogging, 'logger') as unknown as {
  methodFactory: () => () => void;
  rebuild(): void;
};
root.methodFactory = () => nothing;
root.rebuild();
