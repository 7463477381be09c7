/** What clients are told of an error code. */
import { z } from 'zod';

export const errorDescriptionSchema = z
  .object({
    code: z.string(),
    status: z.int(),
    title: z.string(),
    when: z.string().describe('When it happens.'),
    retry: z.boolean().describe('Whether an attempt that ended in it is repeated.'),
  })
  .meta({ id: 'ErrorDescription', description: 'What an error code means.' });

export type ErrorDescription = z.output<typeof errorDescriptionSchema>;
