/** Files in S3, seen from outside: what the API promises of files holds wherever they are. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../support/api.js';
import { photo } from '../support/images.js';
import { until } from '../support/processes.js';
import { accessKey, bucketName, startS3, type TestS3 } from '../support/s3-server.js';

let s3: TestS3;
let api: TestApi;
beforeAll(async () => {
  s3 = await startS3();
  api = await startApi({
    FILES_URL: `s3://${bucketName}/team/files?endpoint=${s3.endpoint}&forcePathStyle=true`,
    FILES_ACCESS_KEY_ID: accessKey.accessKeyId,
    FILES_SECRET_ACCESS_KEY: accessKey.secretAccessKey,
  });
  await api.startWorker();
});
afterAll(async () => {
  await api.close();
  await s3.close();
});
afterEach(() => {
  s3.fault = () => undefined;
});

const upload = async (content: Buffer, name: string) =>
  (await api.http.post('/api/files').attach('file', content, name).expect(201)).body;

const resize = (fileId: string, width: number) => ({
  source: { fileId },
  operations: [{ operation: 'resize', width }],
});

const download = (url: string) => api.http.get(url).responseType('blob');

const contents = async () => (await s3.keys()).filter((key) => !/\.json$|check$/.test(key));

describe('files in S3', () => {
  it('goes the whole way: upload, resize by a worker, download, delete', async () => {
    const image = await photo(320, 240);
    const source = await upload(image, 'photo.jpg');
    expect(source).toMatchObject({ mediaType: 'image/jpeg', width: 320, height: 240 });
    const job = await api.run('file_processing', resize(source.id, 100));
    expect(job).toMatchObject({ status: 'completed', attempts: { made: 1 } });

    const { body, headers } = await download(`/api/jobs/${job.id}/files/0`).expect(200);
    expect(await sharp(body).metadata()).toMatchObject({ width: 100, height: 75 });
    expect(headers).toMatchObject({
      'content-disposition': expect.stringMatching(/^attachment/),
      'content-type': 'image/jpeg',
      'content-length': String(body.length),
      'x-content-type-options': 'nosniff',
    });
    expect(await contents()).toHaveLength(2);

    await api.http.delete(`/api/jobs/${job.id}`).expect(204);
    expect(await contents()).toEqual([expect.stringContaining(source.id)]);
    expect((await download(source.downloadUrl).expect(200)).body.equals(image)).toBe(true);
  });

  it('keeps to the prefix, and nothing on this machine', async () => {
    await upload(Buffer.from('Hello'), 'a.txt');
    for (const key of await s3.keys()) expect(key).toMatch(/^team\/files\//);
    expect((await readdir(api.config.dataDir)).sort()).toEqual(['spool']);
    expect(await readdir(join(api.config.dataDir, 'spool'))).toEqual([]);
  });

  it('answers ranges, 304 and HEAD as from a folder', async () => {
    const { downloadUrl, size } = await upload(Buffer.from('0123456789'), 'a.txt');
    const part = await download(downloadUrl).set('Range', 'bytes=2-4').expect(206);
    expect(part.body.toString()).toBe('234');
    expect(part.headers['content-range']).toBe('bytes 2-4/10');
    await api.http.get(downloadUrl).set('Range', 'bytes=10-').expect(416);
    const { headers } = await api.http.head(downloadUrl).expect(200);
    expect(headers['content-length']).toBe(String(size));
    await api.http
      .get(downloadUrl)
      .set('If-None-Match', headers.etag ?? '')
      .expect(304);
  });

  it('answers 503 and when to come back while S3 does not answer, and deletes no job without its files', async () => {
    const source = await upload(await photo(32, 24), 'photo.jpg');
    const job = await api.run('file_processing', resize(source.id, 16));
    s3.fault = () => ({ status: 500, code: 'InternalError' });
    for (const request of [
      api.http.post('/api/files').attach('file', Buffer.from('Hello'), 'a.txt'),
      api.http.get(source.downloadUrl),
      api.http.delete(`/api/jobs/${job.id}`),
    ]) {
      const { body, headers } = await request.expect(503).expect('Content-Type', /problem\+json/);
      expect(body.code).toBe('storage_unavailable');
      expect(headers['retry-after']).toBe('5');
    }
    s3.fault = () => undefined;
    await api.http.get(`/api/jobs/${job.id}/files/0`).expect(200);
    await api.http.delete(`/api/jobs/${job.id}`).expect(204);
  });

  it('repeats an attempt that S3 did not answer', async () => {
    const source = await upload(await photo(48, 24), 'photo.jpg');
    let failed = 0;
    s3.fault = ({ key }) => {
      const isSource = key.includes(source.id) && !key.endsWith('.json');
      // The client itself asks three times.
      return isSource && failed++ < 3 ? 'cut' : undefined;
    };
    const { body } = await api.http
      .post('/api/jobs')
      .send({
        type: 'file_processing',
        payload: resize(source.id, 12),
        options: { backoff: { initialMs: 10 } },
      })
      .expect(202);
    const job = await api.jobOnce(body.jobId, ({ status }) => status === 'completed');
    expect(job.attempts.made).toBe(2);
    const { body: attempts } = await api.http.get(`/api/jobs/${job.id}/attempts`).expect(200);
    expect(JSON.stringify(attempts)).toContain('storage_unavailable');
  });

  it('stores nothing of an upload whose client goes away', async () => {
    const before = (await s3.keys()).length;
    const controller = new AbortController();
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(new TextEncoder().encode('first half')),
    });
    const spooled = async () => (await readdir(join(api.config.dataDir, 'spool'))).length;
    const options = { method: 'POST', body, duplex: 'half', signal: controller.signal } as const;
    const sent = fetch(`${api.url}/api/files`, options);
    await until(async () => (await spooled()) === 1);
    controller.abort();
    await expect(sent).rejects.toThrow();
    await until(async () => (await spooled()) === 0);
    expect(await s3.keys()).toHaveLength(before);
  });
});
