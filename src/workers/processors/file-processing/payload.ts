/** What a client posts: one source, and an ordered list of operations that can follow one another. */
import { z } from 'zod';
import { fileIdSchema } from '../../../models/stored-file.js';
import { type Operation, operationSchema } from './operations.js';

/** 256 KiB of content, in base 64 and with room for the media type. */
const dataUriLengthMax = 350_000;

const dataUri = z
  .string()
  .max(dataUriLengthMax)
  .regex(
    /^data:(?:[\w.+-]+\/[\w.+-]+)?(?:;[\w.+-]+=[\w.+"-]+)*(?:;base64,[A-Za-z0-9+/_-]*={0,2}|,[^#]*)$/,
    'must be a data URI, with base 64 or percent-encoded content',
  );

const source = z
  .strictObject({
    fileId: fileIdSchema.optional().describe('A file in the store: an upload, or what another job made.'),
    url: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
      .max(2_048)
      .optional()
      .describe(
        'Fetched by the worker, from public addresses only. A copy is kept as the first file of the job.',
      ),
    dataUri: dataUri
      .optional()
      .describe('Small content in the request itself. A copy is kept as the first file of the job.'),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    message: 'needs exactly one of fileId, url and dataUri',
  })
  .meta({
    description: 'The file to work on: exactly one of the three.',
    minProperties: 1,
    maxProperties: 1,
  });

export const payloadSchema = z
  .strictObject({
    source,
    operations: z
      .array(operationSchema)
      .min(1)
      .max(20)
      .describe('Done in this order, each on what the one before has left.'),
    keepMetadata: z
      .boolean()
      .default(false)
      .describe('Keeps EXIF (GPS included), XMP, IPTC and the ICC profile of a still image.'),
  })
  .superRefine(({ operations, keepMetadata }, context) => {
    for (const [index, operation] of operations.entries()) {
      const mistake = mistakeAt(operations, index);
      if (mistake !== undefined)
        context.addIssue({ code: 'custom', message: mistake, path: ['operations', index] });
      if (keepMetadata && operation.operation === 'strip_metadata')
        context.addIssue({
          code: 'custom',
          message: 'contradicts the operation strip_metadata',
          path: ['keepMetadata'],
        });
    }
  })
  .meta({ id: 'FileProcessingPayload' });

export type Payload = z.output<typeof payloadSchema>;
export type Source = Payload['source'];

/** Their report or their file exists once in a result. */
const onceOnly = new Set<Operation['operation']>(['metadata', 'checksum', 'gzip', 'csv_to_json']);

/** Any content will do for these; all others but csv_to_json want an image. */
const forAnyContent = new Set<Operation['operation']>(['checksum', 'gzip']);

export const isForImages = ({ operation }: Operation) =>
  operation !== 'csv_to_json' && !forAnyContent.has(operation);

function mistakeAt(operations: readonly Operation[], index: number): string | undefined {
  const operation = operations[index];
  if (operation === undefined) return undefined;
  const name = operation.operation;
  const before = operations.slice(0, index);
  const did = (other: Operation['operation']) => before.some((earlier) => earlier.operation === other);
  if (onceOnly.has(name) && did(name)) return `${name} can be there only once`;
  if (isForImages(operation) || name === 'csv_to_json') {
    if (did('gzip')) return `${name} cannot follow gzip`;
    if (isForImages(operation) && did('csv_to_json'))
      return `${name} works on images and cannot follow csv_to_json`;
    if (name === 'csv_to_json' && before.some(isForImages))
      return 'csv_to_json cannot follow an operation on images';
  }
  return undefined;
}
