/** What a finished job answers. */
import { z } from 'zod';
import { storedFileSchema } from '../../../models/stored-file.js';
import { checksumAlgorithms } from './operations.js';

const outputSchema = z
  .strictObject({
    ...storedFileSchema.shape,
    operation: z.string().describe('The operation that finished it.'),
  })
  .meta({ id: 'OutputFile', description: 'A file that the job made.' });

const metadataSchema = z
  .strictObject({
    format: z.string(),
    width: z.int().describe('Pixels, upright: the orientation is applied.'),
    height: z.int().describe('Pixels, upright, of one frame.'),
    orientation: z.int().optional().describe('As EXIF has it, 1 to 8.'),
    frames: z.int(),
    colorSpace: z.string(),
    channels: z.int(),
    bitsPerChannel: z.int(),
    hasAlpha: z.boolean(),
    isProgressive: z.boolean(),
    dotsPerInch: z.number().optional(),
    exif: z.boolean().describe('Whether there is an EXIF block.'),
    xmp: z.boolean(),
    iptc: z.boolean(),
    iccProfile: z.boolean(),
  })
  .meta({ id: 'ImageMetadata', description: 'What the header of the source says.' });

export const resultSchema = z
  .strictObject({
    source: storedFileSchema,
    outputs: z
      .array(outputSchema)
      .describe('In the order in which they were made; the image itself comes last.'),
    metadata: metadataSchema.optional(),
    checksums: z
      .partialRecord(z.enum(checksumAlgorithms), z.string())
      .optional()
      .describe('By algorithm, in hexadecimal.'),
    csv: z
      .strictObject({ rows: z.int(), columns: z.array(z.string()).optional() })
      .optional()
      .describe('What csv_to_json found.'),
    notes: z.array(z.string()).describe('What was lost or not done, where that is not evident.'),
  })
  .meta({ id: 'FileProcessingResult' });

export type Result = z.output<typeof resultSchema>;
export type ImageMetadata = z.output<typeof metadataSchema>;
