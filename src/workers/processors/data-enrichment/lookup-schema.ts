/** What a look-up is told, and what it answers. */
import { z } from 'zod';
import { connectionHeaders } from '../../../models/connection-headers.js';

const headersMax = 20;
/** RFC 9110, 5.6.2: a token; less the headers of the connection. */
const headerName = new RegExp(`^(?!(${connectionHeaders})$)[!#$%&'*+.^_\`|~0-9a-z-]+$`, 'i');
/** RFC 6901. */
const jsonPointer = /^(\/([^~/]|~[01])*)*$/;

export const lookupSchema = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .describe(
        'An http(s) URL with placeholders for fields of the record, {email} or {coordinates.latitude}, anywhere but in the host.',
      ),
    headers: z
      .record(
        z.string().max(100).regex(headerName, 'must be the name of a header, and not one of the connection'),
        z
          .string()
          .max(4_000)
          .regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII'),
      )
      .refine((headers) => Object.keys(headers).length <= headersMax, {
        error: `must be at most ${headersMax} headers`,
      })
      .meta({ maxProperties: headersMax })
      .optional()
      .describe('Sent with the request, and to no other origin that it redirects to.'),
    pick: z
      .array(z.string().max(500).regex(jsonPointer, 'must be a JSON Pointer: /a/b'))
      .min(1)
      .max(50)
      .optional()
      .describe('JSON Pointers (RFC 6901) of what to keep of the answer; all of it when absent.'),
  })
  .describe('One call to an HTTP API that answers JSON.');

export type Lookup = z.output<typeof lookupSchema>;

export const lookupAnswerSchema = z
  .strictObject({
    host: z.string().describe('Who answered first; redirects are not named.'),
    status: z.int(),
    data: z
      .unknown()
      .describe('The JSON that was answered; with `pick`, an object of what each pointer found, by pointer.'),
  })
  .describe('What the look-up answered.');

export type LookupAnswer = z.input<typeof lookupAnswerSchema>;
