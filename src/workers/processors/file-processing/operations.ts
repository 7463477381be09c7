/** What can be done to a file, one schema for each operation. */
import { z } from 'zod';
import { fileIdSchema } from '../../../models/stored-file.js';

const pixels = z.int().min(1).max(16_384);

const color = z
  .string()
  .regex(
    /^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$/,
    'must be a colour: #rgb, #rrggbb or #rrggbbaa',
  );

export const positions = [
  'center',
  'top',
  'top-right',
  'right',
  'bottom-right',
  'bottom',
  'bottom-left',
  'left',
  'top-left',
] as const;

/** How an image is brought to a size; the same for `resize` and `thumbnails`. */
const fitting = {
  fit: z
    .enum(['cover', 'contain', 'fill', 'inside', 'outside'])
    .default('cover')
    .describe(
      'With both width and height: `cover` fills them and cuts off what is over, `contain` fits within and fills up with the background, `fill` distorts, `inside` and `outside` keep the proportions.',
    ),
  position: z
    .enum([...positions, 'entropy', 'attention'])
    .default('center')
    .describe(
      'What `cover` keeps and where `contain` places: a side or corner, or (for `cover`) the busiest or the most striking part.',
    ),
  withoutEnlargement: z
    .boolean()
    .default(false)
    .describe('Leaves an image that is already smaller as it is.'),
};

const resize = z
  .strictObject({
    operation: z.literal('resize'),
    width: pixels.optional(),
    height: pixels.optional(),
    ...fitting,
    background: color.optional().describe('Of `contain`; transparent when absent, white in a JPEG.'),
  })
  .refine(({ width, height }) => width !== undefined || height !== undefined, {
    message: 'needs width, height or both',
    path: ['width'],
  })
  .meta({ id: 'ResizeOperation', description: 'Brings the image to a width, a height or both.' });

const convert = z
  .strictObject({
    operation: z.literal('convert'),
    format: z.enum(['jpeg', 'png', 'webp', 'avif']),
    quality: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('jpeg and webp: 80 when absent; avif: 50. PNG is lossless and has none.'),
    background: color.default('#ffffff').describe('Behind transparent parts, in a JPEG.'),
  })
  .meta({ id: 'ConvertOperation', description: 'Writes the image in another format.' });

const rotate = z
  .strictObject({
    operation: z.literal('rotate'),
    angle: z.number().min(-360).max(360).describe('Degrees, clockwise.'),
    background: color.optional().describe('Of the corners; transparent when absent, white in a JPEG.'),
  })
  .meta({
    id: 'RotateOperation',
    description: 'Turns the image. Its orientation in EXIF has been applied before.',
  });

const crop = z
  .strictObject({
    operation: z.literal('crop'),
    left: z.int().min(0).max(1_000_000),
    top: z.int().min(0).max(1_000_000),
    width: z.int().min(1).max(1_000_000),
    height: z.int().min(1).max(1_000_000),
  })
  .meta({ id: 'CropOperation', description: 'Cuts out a rectangle, in pixels of the upright image.' });

const thumbnailSize = z
  .strictObject({
    width: pixels.optional(),
    height: pixels.optional(),
    name: z
      .string()
      .regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -')
      .optional()
      .describe('Part of the file name; the dimensions when absent.'),
  })
  .refine(({ width, height }) => width !== undefined || height !== undefined, {
    message: 'needs width, height or both',
    path: ['width'],
  });

const thumbnails = z
  .strictObject({
    operation: z.literal('thumbnails'),
    sizes: z
      .array(z.union([pixels, thumbnailSize]))
      .min(1)
      .max(20)
      .describe('Widths, or objects with width, height and name.'),
    ...fitting,
  })
  .meta({
    id: 'ThumbnailsOperation',
    description: 'Makes one more file for each size. The image itself stays as it is.',
  });

const grayscale = z
  .strictObject({ operation: z.literal('grayscale') })
  .meta({ id: 'GrayscaleOperation', description: 'Takes the colours out.' });

const blur = z
  .strictObject({
    operation: z.literal('blur'),
    sigma: z.number().min(0.3).max(100).describe('Of the Gaussian mask, in pixels.'),
  })
  .meta({ id: 'BlurOperation', description: 'Blurs the image.' });

const watermark = z
  .strictObject({
    operation: z.literal('watermark'),
    text: z
      .string()
      .max(200)
      .regex(/^(?=.*\S)[^\p{Cc}\p{Cs}\ufffe\uffff]*$/u, 'must not be blank, nor hold control characters')
      .optional()
      .describe('Shown as it is: nothing in it is markup.'),
    fileId: fileIdSchema.optional().describe('An image in the file store.'),
    position: z.enum(positions).default('bottom-right'),
    opacity: z.number().min(0.01).max(1).default(0.6),
    scale: z.number().min(0.01).max(1).default(0.3).describe("Width, as a share of the image's."),
    color: color.default('#ffffff').describe('Of the text; it has a dark edge.'),
  })
  .refine(({ text, fileId }) => (text === undefined) !== (fileId === undefined), {
    message: 'needs either text or fileId',
    path: ['text'],
  })
  .meta({ id: 'WatermarkOperation', description: 'Puts a text or another image over the image.' });

const stripMetadata = z.strictObject({ operation: z.literal('strip_metadata') }).meta({
  id: 'StripMetadataOperation',
  description:
    'Writes the image without EXIF, GPS, XMP, IPTC and ICC, which every other operation does, too.',
});

const metadata = z.strictObject({ operation: z.literal('metadata') }).meta({
  id: 'MetadataOperation',
  description: 'Reports what the header of the source says. Makes no file.',
});

export const checksumAlgorithms = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const;

const checksum = z
  .strictObject({
    operation: z.literal('checksum'),
    algorithms: z.array(z.enum(checksumAlgorithms)).min(1).max(5).default(['sha256']),
  })
  .meta({
    id: 'ChecksumOperation',
    description: 'Reports digests of the content as it is at this place in the list. Makes no file.',
  });

const gzip = z
  .strictObject({
    operation: z.literal('gzip'),
    level: z.int().min(0).max(9).default(6).describe('0 stores, 9 is smallest and slowest.'),
  })
  .meta({
    id: 'GzipOperation',
    description: 'Compresses the content. The same content gives the same bytes.',
  });

const csvToJson = z
  .strictObject({
    operation: z.literal('csv_to_json'),
    delimiter: z
      .string()
      .length(1)
      .regex(/[^"\r\n]/, 'must not be a quote or a line break')
      .default(','),
    header: z
      .boolean()
      .default(true)
      .describe('The first row names the columns: rows become objects. Without: arrays.'),
  })
  .meta({
    id: 'CsvToJsonOperation',
    description: 'Turns CSV in UTF-8 into a JSON array. Values stay text, nothing is guessed.',
  });

export const operationSchema = z.discriminatedUnion('operation', [
  resize,
  convert,
  rotate,
  crop,
  thumbnails,
  grayscale,
  blur,
  watermark,
  stripMetadata,
  metadata,
  checksum,
  gzip,
  csvToJson,
]);

export type Operation = z.output<typeof operationSchema>;
export type OperationOf<Name extends Operation['operation']> = Extract<Operation, { operation: Name }>;
export type Fitting = Pick<
  OperationOf<'resize'>,
  'fit' | 'position' | 'withoutEnlargement' | 'background'
> & {
  width?: number;
  height?: number;
};
