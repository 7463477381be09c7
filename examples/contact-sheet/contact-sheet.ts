/**
 * A job type whose jobs are parents: it puts the images that its children have made onto one sheet. Start with it:
 *
 *     JOB_TYPES=./examples/contact-sheet npm start
 *
 * and post a tree: `children` are `file_processing` jobs, or of any other type whose result has `outputs` like theirs.
 *
 *     {"type": "contact_sheet", "payload": {"columns": 3, "tileWidth": 200}, "children": [
 *       {"type": "file_processing", "payload": {
 *         "source": {"fileId": "file_…"}, "operations": [{"operation": "resize", "width": 200}]}}, …]}
 */
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { defineJobType, fileIdSchema, type ProcessorContext, storedFileSchema, z } from 'jobwright';

/** Longest side of a JPEG, in pixels. */
const sideMax = 65_535;

export default defineJobType({
  type: 'contact_sheet',
  title: 'Contact sheet',
  description:
    'Puts all images that its children have made onto one sheet, a JPEG: in square tiles, in the order of the children, each image whole, centred and never enlarged.',
  payload: z.strictObject({
    columns: z.int().min(1).max(50).default(3).describe('Tiles beside one another.'),
    tileWidth: z.int().min(16).max(4_096).default(200).describe('Width, and height, of a tile in pixels.'),
    background: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, 'must be a colour: #rrggbb')
      .default('#ffffff')
      .describe('Between and behind the images.'),
  }),
  result: z.strictObject({
    file: storedFileSchema,
    columns: z.int(),
    rows: z.int(),
    tiles: z
      .array(
        z.strictObject({
          jobId: z.string().describe('The child that made the image.'),
          fileId: fileIdSchema,
          left: z.int(),
          top: z.int(),
          width: z.int(),
          height: z.int(),
        }),
      )
      .describe('Where each image is on the sheet, in pixels.'),
  }),
  errors: {
    no_images_among_children: {
      title: 'No child has made an image',
      when: 'The job has no children, or no completed child has an image among the `outputs` of its result.',
    },
    image_of_child_unreadable: {
      title: 'The image of a child cannot be read',
      when: 'A child has made an image that cannot be decoded; the detail names both.',
    },
  },
  examples: [
    { summary: 'Three tiles beside one another', payload: { columns: 3, tileWidth: 200 } },
    {
      summary: 'Large tiles below one another, on black',
      payload: { columns: 1, tileWidth: 800, background: '#000000' },
    },
  ],
  policy: { lane: 'short', attempts: 3, timeoutMs: 60_000 },
  async run({ columns: columnsMax, tileWidth, background }, context) {
    const { files, signal, progress, fail } = context;
    const images = imagesOfChildren(context);
    if (images.length === 0)
      return fail(
        'no_images_among_children',
        `The job has ${context.children.length} children, and none of them has completed with an image.`,
      );
    const columns = Math.min(columnsMax, images.length);
    const rows = Math.ceil(images.length / columns);
    const sheet = { width: columns * tileWidth, height: rows * tileWidth };
    const sheetPixels = sheet.width * sheet.height;
    if (sheetPixels > files.imagePixelsMax || Math.max(sheet.width, sheet.height) > sideMax)
      return fail(
        'image_too_large',
        `The sheet would have ${sheet.width} × ${sheet.height} = ${sheetPixels} pixels; the limit is ${files.imagePixelsMax}, and ${sideMax} a side.`,
      );

    // Here and not above: the API reads this file, too, and makes no pictures.
    const { default: sharp } = await import('sharp');
    const tiles = [];
    const overlays = [];
    for (const [index, { jobId, fileId }] of images.entries()) {
      const bytes = await contentOf(fileId, context);
      const { data, info } = await sharp(bytes, { limitInputPixels: files.imagePixelsMax })
        .autoOrient()
        .resize({ width: tileWidth, height: tileWidth, fit: 'inside', withoutEnlargement: true })
        .flatten({ background })
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true })
        .catch(() =>
          fail('image_of_child_unreadable', `${fileId}, an output of ${jobId}, cannot be decoded.`),
        );
      signal.throwIfAborted();
      const { width, height, channels } = info;
      const left = (index % columns) * tileWidth + Math.floor((tileWidth - width) / 2);
      const top = Math.floor(index / columns) * tileWidth + Math.floor((tileWidth - height) / 2);
      overlays.push({ input: data, raw: { width, height, channels }, left, top });
      tiles.push({ jobId, fileId, left, top, width, height });
      progress(Math.floor((90 * (index + 1)) / images.length), `${index + 1} of ${images.length} images`);
    }
    const picture = await sharp({ create: { ...sheet, channels: 3, background } })
      .composite(overlays)
      .jpeg({ quality: 90 })
      .toBuffer();
    signal.throwIfAborted();
    const file = await files.create('contact-sheet.jpg', picture);
    progress(100);
    return { file, columns, rows, tiles };
  },
});

/** What this type wants to know of a child's result; whatever else is in it may be there. */
const resultOfChild = z.object({
  outputs: z.array(z.object({ id: fileIdSchema, mediaType: z.string() })),
});

/** In the order of the children, and of the outputs of each. A child without an image is named in the log. */
function imagesOfChildren({ children, log }: ProcessorContext): { jobId: string; fileId: string }[] {
  return children.flatMap(({ jobId, status, result }) => {
    const { data } = resultOfChild.safeParse(result);
    const images = (data?.outputs ?? []).filter(({ mediaType }) => mediaType.startsWith('image/'));
    if (images.length === 0) log(`${jobId} is ${status} and has made no image`);
    return images.map(({ id }) => ({ jobId, fileId: id }));
  });
}

async function contentOf(fileId: string, { files, signal }: ProcessorContext): Promise<Buffer> {
  const { stream } = await files.open(fileId);
  return buffer(addAbortSignal(signal, stream));
}
