import { z } from 'zod';
import { secret } from '../secret.ts';

/** Strict, so that a mistyped name is an error with its path instead of a setting that does nothing. */
export const parameters = z.strictObject({
  secret: secret(z.string().min(16).max(256)).describe(
    'Signs requests in both directions, at least 16 characters.',
  ),
  secondarySecret: secret(z.string().min(16).max(256))
    .optional()
    .describe('Its signatures are taken too, while secrets are being changed.'),
  callbackUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Where the customers' program is told of what its customers are shown. Without it, it asks."),
});

export type LoopbackParameters = z.infer<typeof parameters>;
