import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import contactSheet from '../../examples/contact-sheet/contact-sheet.js';
import type { ChildOutcome, ProcessorFiles } from '../../src/models/job-type.js';
import type { StoredFile } from '../../src/models/stored-file.js';
import { payloadSchema } from '../../src/workers/processors/file-processing/payload.js';
import fileProcessing from '../../src/workers/processors/file-processing.js';
import { startApi } from '../support/api.js';
import { animation, blue, distance, green, photo, pixelAt, type Rgb, red, white } from '../support/images.js';
import { processorContext, type RecordedContext } from '../support/processor-context.js';
import { type FilesUnderTest, filesUnderTest } from '../support/processor-files.js';

let files: FilesUnderTest;
beforeAll(async () => {
  files = await filesUnderTest();
});
afterAll(() => files.remove());

type Operations = z.input<typeof payloadSchema>['operations'];

interface Sheet {
  file: StoredFile;
  columns: number;
  rows: number;
  tiles: { jobId: string; fileId: string; left: number; top: number; width: number; height: number }[];
}

let jobs = 0;
const newJobId = (type: string) => `${type}_${String(jobs++).padStart(26, '0')}`;

const flat = ([r, g, b]: Rgb, width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
    .png()
    .toBuffer();

/** What a real file_processing job comes to. */
async function processed(image: Uint8Array, operations: Operations): Promise<ChildOutcome> {
  const jobId = newJobId('file_processing');
  const { id } = await files.upload('image', image);
  const context = processorContext({ files: files.forAttempt({ jobId }) });
  const payload = payloadSchema.parse({ source: { fileId: id }, operations });
  const result = fileProcessing.result.parse(await fileProcessing.run(payload, context));
  return { jobId, type: 'file_processing', status: 'completed', result };
}

const resized = (image: Uint8Array, width: number) => processed(image, [{ operation: 'resize', width }]);

async function sheetOf(
  children: readonly ChildOutcome[],
  payload: object,
  context: RecordedContext = processorContext({ files: ownFiles(), children }),
): Promise<{ sheet: Sheet; picture: Buffer; context: RecordedContext }> {
  const result = await contactSheet.run(contactSheet.payload.parse(payload), context);
  const sheet = contactSheet.result.parse(result) as Sheet;
  return { sheet, picture: await files.bytesOf(sheet.file), context };
}

/** Each sheet is another job's. */
const ownFiles = (): ProcessorFiles => files.forAttempt({ jobId: newJobId('contact_sheet') });

const expectPixel = async (picture: Buffer, x: number, y: number, expected: Rgb) =>
  expect(distance(await pixelAt(picture, x, y), expected), `${x}, ${y}`).toBeLessThan(12);

describe('the payload of contact_sheet', () => {
  it('has a default for everything', () => {
    expect(contactSheet.payload.parse({})).toEqual({ columns: 3, tileWidth: 200, background: '#ffffff' });
  });

  it.each([
    { columns: 0 },
    { columns: 51 },
    { tileWidth: 15 },
    { tileWidth: 4_097 },
    { background: 'white' },
    { background: '#fff' },
    { rows: 2 },
  ])('refuses %j', (wrong) => {
    expect(contactSheet.payload.safeParse(wrong).success).toBe(false);
  });
});

describe('a contact sheet', () => {
  it.each(
    contactSheet.examples.map(
      (example) => [example.summary, example.payload as { columns: number; tileWidth: number }] as const,
    ),
  )('runs its example “%s” on three sizes of one photo', async (_, payload) => {
    const image = await photo(640, 480);
    const children = await Promise.all([100, 200, 400].map((width) => resized(image, width)));
    const { sheet, picture } = await sheetOf(children, payload);
    const { columns, tileWidth } = payload;
    expect(sheet.file).toMatchObject({ name: 'contact-sheet.jpg', mediaType: 'image/jpeg' });
    expect(await sharp(picture).metadata()).toMatchObject({
      format: 'jpeg',
      width: columns * tileWidth,
      height: (3 / columns) * tileWidth,
    });
    expect(sheet.tiles.map(({ jobId }) => jobId)).toEqual(children.map(({ jobId }) => jobId));
  });

  it('has each image in its place: whole, centred, never enlarged, in the order of the children', async () => {
    const [wide, small, high] = [
      await flat(red, 400, 200),
      await flat(green, 40, 40),
      await flat(blue, 100, 200),
    ];
    const children = [await resized(wide, 400), await resized(small, 40), await resized(high, 100)];
    const { sheet, picture } = await sheetOf(children, { columns: 2, tileWidth: 100 });
    expect(sheet).toMatchObject({ columns: 2, rows: 2, file: { width: 200, height: 200 } });
    expect(sheet.tiles.map(({ left, top, width, height }) => [left, top, width, height])).toEqual([
      [0, 25, 100, 50],
      [130, 30, 40, 40],
      [25, 100, 50, 100],
    ]);
    await expectPixel(picture, 50, 50, red);
    await expectPixel(picture, 50, 10, white);
    await expectPixel(picture, 150, 50, green);
    await expectPixel(picture, 110, 50, white);
    await expectPixel(picture, 50, 110, blue);
    await expectPixel(picture, 150, 150, white);
  });

  it('has every output of a child, and its background where there is nothing', async () => {
    const image = await flat(red, 80, 60);
    const child = await processed(image, [
      { operation: 'thumbnails', sizes: [40, 20] },
      { operation: 'grayscale' },
    ]);
    const { sheet, picture } = await sheetOf([child], { columns: 2, tileWidth: 40, background: '#00ff00' });
    expect(sheet.tiles).toHaveLength(3);
    expect(new Set(sheet.tiles.map(({ fileId }) => fileId)).size).toBe(3);
    await expectPixel(picture, 60, 60, green);
  });

  it('is no wider than its images need', async () => {
    const { sheet } = await sheetOf([await resized(await flat(red, 40, 40), 40)], {
      columns: 10,
      tileWidth: 50,
    });
    expect(sheet).toMatchObject({ columns: 1, rows: 1, file: { width: 50, height: 50 } });
  });

  it('takes grey, transparent and animated images', async () => {
    const transparent = await sharp({
      create: { width: 40, height: 40, channels: 4, background: '#00000000' },
    })
      .png()
      .toBuffer();
    const children = await Promise.all([
      processed(await photo(40, 40), [{ operation: 'grayscale' }]),
      resized(transparent, 40),
      resized(await animation('gif', 40, 40), 40),
    ]);
    const { picture } = await sheetOf(children, { columns: 3, tileWidth: 40, background: '#0000ff' });
    await expectPixel(picture, 60, 20, blue);
    await expectPixel(picture, 100, 20, red);
  });

  it('leaves out what is no image, and who has failed, and logs it', async () => {
    const completed = await resized(await flat(red, 40, 40), 40);
    const text = await processed(Buffer.from('text'), [{ operation: 'gzip' }]);
    const failed: ChildOutcome = {
      jobId: newJobId('file_processing'),
      type: 'file_processing',
      status: 'failed',
      error: { code: 'corrupt_image', detail: 'The image cannot be decoded.' },
    };
    const sum: ChildOutcome = {
      jobId: newJobId('calculation'),
      type: 'calculation',
      status: 'completed',
      result: { sum: 1 },
    };
    const { sheet, context } = await sheetOf([text, failed, completed, sum], { tileWidth: 40 });
    expect(sheet.tiles.map(({ jobId }) => jobId)).toEqual([completed.jobId]);
    expect(context.logged).toEqual([
      `${text.jobId} is completed and has made no image`,
      `${failed.jobId} is failed and has made no image`,
      `${sum.jobId} is completed and has made no image`,
    ]);
  });

  it('says how far it is after each image', async () => {
    const child = await resized(await flat(red, 40, 40), 40);
    const { context } = await sheetOf([child, child, child], { tileWidth: 40 });
    expect(context.progressed.map(({ percent }) => percent)).toEqual([30, 60, 90, 100]);
  });

  it('stops at its signal, and makes no file', async () => {
    const children = [await resized(await flat(red, 40, 40), 40)];
    let created = 0;
    const counted: ProcessorFiles = {
      ...ownFiles(),
      create: () => {
        created += 1;
        return Promise.reject(new Error('not expected'));
      },
    };
    const context = processorContext({ files: counted, children });
    context.abort.abort(new Error('time is up'));
    await expect(sheetOf(children, {}, context)).rejects.toThrow();
    expect(created).toBe(0);
  });
});

describe('a contact sheet fails for good', () => {
  it('without children, and where no child has made an image', async () => {
    await expect(sheetOf([], {})).rejects.toMatchObject({
      code: 'no_images_among_children',
      retry: false,
      detail: expect.stringContaining('0 children'),
    });
    const text = await processed(Buffer.from('text'), [{ operation: 'gzip' }]);
    await expect(sheetOf([text], {})).rejects.toMatchObject({ code: 'no_images_among_children' });
  });

  it('when the sheet would have more pixels than an image may have', async () => {
    const child = await resized(await flat(red, 40, 40), 40);
    const context = processorContext({
      files: { ...ownFiles(), imagePixelsMax: 10_000 },
      children: [child, child],
    });
    await expect(sheetOf([], { tileWidth: 100 }, context)).rejects.toMatchObject({
      code: 'image_too_large',
      retry: false,
      detail: expect.stringContaining('200 × 100 = 20000 pixels; the limit is 10000'),
    });
  });

  it('when an image cannot be decoded', async () => {
    const whole = await photo(80, 60);
    const { id, mediaType } = await files.upload('a.jpg', whole.subarray(0, 400));
    const jobId = newJobId('file_processing');
    const result = { outputs: [{ id, mediaType }] };
    await expect(
      sheetOf([{ jobId, type: 'file_processing', status: 'completed', result }], {}),
    ).rejects.toMatchObject({
      code: 'image_of_child_unreadable',
      retry: false,
      detail: `${id}, an output of ${jobId}, cannot be decoded.`,
    });
  });

  it('when the file of a child is not there any more', async () => {
    const id = `file_${'0'.repeat(26)}`;
    const result = { outputs: [{ id, mediaType: 'image/png' }] };
    await expect(
      sheetOf([{ jobId: newJobId('other'), type: 'other', status: 'completed', result }], {}),
    ).rejects.toMatchObject({ code: 'file_not_found', retry: false });
  });
});

describe('JOB_TYPES=./examples/contact-sheet', () => {
  it('has the type in the API and in a worker', async () => {
    const api = await startApi({ JOB_TYPES: './examples/contact-sheet' });
    try {
      await api.startWorker();
      const { body } = await api.http.get('/api/types/contact_sheet').expect(200);
      expect(body.title).toBe('Contact sheet');
      expect(await api.run('contact_sheet', { columns: 2 })).toMatchObject({
        status: 'failed',
        attempts: { made: 1 },
        error: { code: 'no_images_among_children', status: 422 },
      });
    } finally {
      await api.close();
    }
  });
});
