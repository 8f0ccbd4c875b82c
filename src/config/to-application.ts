import type { z } from 'zod';
import type { Application } from '../directory/application.ts';
import type { application } from './applications-schema.ts';
import type { PartAbout } from './part-about.ts';

export function toApplication(
  id: string,
  declared: z.output<typeof application>,
  { ofFile }: Pick<PartAbout, 'ofFile'>,
): Application {
  const { url, fallbackUrl, method, format, secret, secondarySecret, twilioAuthToken } = declared;
  return {
    id,
    url,
    method,
    format,
    ...(fallbackUrl === undefined ? {} : { fallbackUrl }),
    ...(ofFile ? { ofFile } : {}),
    secrets: [secret, secondarySecret].filter((each) => each !== undefined),
    ...(twilioAuthToken === undefined ? {} : { twilioAuthToken }),
    timeoutMs: declared.timeoutSeconds * 1000,
    retries: declared.retries,
    waitFloorMs: declared.waitSeconds * 1000,
  };
}
