/** The tree of the README: an upload, three sizes of it, and a contact sheet of them. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { photo } from '../support/images.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ JOB_TYPES: './examples/contact-sheet' });
  await api.startWorker();
});
afterAll(() => api.close());

interface Sheet {
  file: { downloadUrl: string; width: number; height: number };
  tiles: { jobId: string; fileId: string; width: number; height: number }[];
}

async function upload(content: Buffer): Promise<string> {
  const { body } = await api.http.post('/api/files').attach('file', content, 'photo.jpg').expect(201);
  return body.id;
}

const resized = (fileId: string, width: number, options?: object) => ({
  type: 'file_processing',
  payload: { source: { fileId }, operations: [{ operation: 'resize', width }] },
  ...(options && { options }),
});

async function tree(payload: object, children: readonly object[]) {
  const { body } = await api.http
    .post('/api/jobs')
    .send({ type: 'contact_sheet', payload, children })
    .expect(202);
  return api.jobOnce(body.jobId, ({ status }) => ['completed', 'failed', 'cancelled'].includes(status));
}

describe('a contact sheet', () => {
  it('is made of three sizes of one upload', async () => {
    const fileId = await upload(await photo(800, 600));
    const widths = [400, 200, 100];
    const job = await tree(
      { columns: 3, tileWidth: 200 },
      widths.map((width) => resized(fileId, width)),
    );
    expect(job.error).toBeUndefined();
    expect(job.status).toBe('completed');
    const { file, tiles } = job.result as Sheet;
    expect(tiles.map(({ jobId }) => jobId)).toEqual(job.children);
    // Reduced to its tile, just as wide, and not enlarged.
    expect(tiles.map(({ width, height }) => [width, height])).toEqual([
      [200, 150],
      [200, 150],
      [100, 75],
    ]);
    const { body } = await api.http.get(file.downloadUrl).responseType('blob').expect(200);
    expect(await sharp(body).metadata()).toMatchObject({ format: 'jpeg', width: 600, height: 200 });
    // Each child is a job like any other, and made the file that is on the sheet.
    for (const [index, width] of widths.entries()) {
      const child = (await api.http.get(`/api/jobs/${tiles[index]?.jobId}`).expect(200)).body;
      expect(child).toMatchObject({ status: 'completed', parentId: job.id });
      expect(child.result.outputs).toEqual([expect.objectContaining({ id: tiles[index]?.fileId, width })]);
    }
  });

  it('is made without a child whose failure is tolerated', async () => {
    const [whole, cut] = [await photo(400, 300), await photo(640, 480)];
    const job = await tree({ columns: 2, tileWidth: 100 }, [
      resized(await upload(cut.subarray(0, cut.length / 2)), 100, { onFailure: 'continue' }),
      resized(await upload(whole), 100),
    ]);
    expect(job.status).toBe('completed');
    const { file, tiles } = job.result as Sheet;
    expect(tiles.map(({ jobId }) => jobId)).toEqual([(job.children as string[])[1]]);
    expect(file).toMatchObject({ width: 100, height: 100 });
  });

  it('fails when no child has made an image', async () => {
    const job = await tree({}, [{ type: 'calculation', payload: { operation: 'sum', numbers: [1] } }]);
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 1 },
      error: { code: 'no_images_among_children', status: 422 },
    });
  });
});
