import { z } from 'zod';

/** Words that the answers of several routes share. */
export const time = z.string().meta({ format: 'date-time', description: 'ISO 8601, in UTC.' });
export const seconds = z.number().meta({ description: 'Seconds, to a thousandth.' });
export const count = z.int().min(0);

export const noContent = { description: 'Done.' } as const;

/** `next` of a list: absent on the last page. */
export const next = z.string().optional().meta({
  description: 'The `cursor` of the page that follows; absent on the last one.',
});

/** Why something of what a caller sent was refused. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'about:blank: what it means is what the status means.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional().meta({ description: 'For people.' }),
    instance: z.string().optional().meta({ description: 'Names the entry in our log.' }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({
            description: 'The field, with dots between its names; or the parameter or header.',
          }),
          pointer: z
            .string()
            .optional()
            .meta({ description: 'JSON Pointer to the field, as a fragment; of fields of a body only.' }),
          found: z.string().meta({ description: 'Never the value itself.' }),
          expected: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'What is wrong with the request, one by one.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });
