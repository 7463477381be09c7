import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import contentDisposition from 'content-disposition';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newFileId } from '../../src/files/file-ids.js';
import { LocalFileStore } from '../../src/files/local-file-store.js';
import { storedFileSchema } from '../../src/models/stored-file.js';
import { startApi, type TestApi } from '../support/api.js';
import { animation, distance, photo, pixelAt, pixelBomb, quarters, red } from '../support/images.js';

const uploadBytesMax = 2_000_000;

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ UPLOAD_BYTES_MAX: String(uploadBytesMax) });
  await api.startWorker();
});
afterAll(() => api.close());

const upload = (content: string | Buffer, name = 'file.txt', mediaType = 'application/octet-stream') =>
  api.http.post('/api/files').query({ name }).set('Content-Type', mediaType).send(content);

const uploadForm = (content: Buffer, name: string, contentType?: string) =>
  api.http
    .post('/api/files')
    .attach('file', content, { filename: name, ...(contentType && { contentType }) });

const download = (url: string) => api.http.get(url).responseType('blob');

/** Everything that the store holds on its disk. */
async function filesOnDisk(): Promise<string[]> {
  const found = await readdir(join(api.config.dataDir, 'files'), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('POST /api/files', () => {
  it('takes a form, and answers 201 with all there is to know and a Location', async () => {
    const image = await photo(320, 240);
    const { body, headers } = await uploadForm(image, 'photo.jpg').expect(201);
    expect(storedFileSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      name: 'photo.jpg',
      mediaType: 'image/jpeg',
      size: image.length,
      sha256: createHash('sha256').update(image).digest('hex'),
      width: 320,
      height: 240,
    });
    expect(headers.location).toBe(body.downloadUrl);
    expect((await download(headers.location ?? '').expect(200)).body.equals(image)).toBe(true);
  });

  it.each([
    'application/octet-stream',
    'image/jpeg',
    'application/x-www-form-urlencoded',
    'application/json',
  ])('takes a raw body as %s', async (mediaType) => {
    const image = await photo(32, 24);
    // Not supertest, which writes JSON of bytes that are declared as such.
    const response = await fetch(`${api.url}/api/files?name=photo.jpg`, {
      method: 'POST',
      headers: { 'Content-Type': mediaType },
      body: new Uint8Array(image),
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ name: 'photo.jpg', mediaType: 'image/jpeg', width: 32 });
  });

  it.each([
    ['attachment; filename="a b.txt"', 'a b.txt'],
    ["attachment; filename*=UTF-8''%F0%9F%93%B7.txt", '📷.txt'],
    [undefined, 'file'],
  ])('takes the name of a raw body from Content-Disposition: %s', async (header, name) => {
    const request = api.http.post('/api/files').set('Content-Type', 'text/plain');
    if (header !== undefined) request.set('Content-Disposition', header);
    expect((await request.send('text').expect(201)).body.name).toBe(name);
  });

  it('answers 415 to another multipart type, and says how to send a file', async () => {
    const request = api.http.post('/api/files').set('Content-Type', 'multipart/mixed; boundary=x');
    const { body } = await request.send('--x--').expect(415);
    expect(body).toMatchObject({
      code: 'unsupported_media_type',
      detail: expect.stringContaining('curl -F'),
    });
  });

  it('takes the name of the query only where nothing else tells one', async () => {
    const named = api.http.post('/api/files').query({ name: 'query.txt' });
    expect((await named.attach('file', Buffer.from('text'), 'form.txt').expect(201)).body.name).toBe(
      'form.txt',
    );
    const header = api.http.post('/api/files').query({ name: 'query.txt' });
    header.set('Content-Type', 'text/plain').set('Content-Disposition', 'attachment; filename="header.txt"');
    expect((await header.send('text').expect(201)).body.name).toBe('header.txt');
    expect((await upload('text', '').expect(201)).body.name).toBe('file');
  });

  it.each(['x'.repeat(1_001), ['a', 'b']])(
    'answers 422 for a name that is too long or there twice',
    async (name) => {
      const request = api.http.post('/api/files').query({ name });
      const { body } = await request.set('Content-Type', 'text/plain').send('text').expect(422);
      expect(body).toMatchObject({ code: 'validation_failed', errors: [{ pointer: '/name' }] });
    },
  );

  it('takes other fields beside the file of a form', async () => {
    const { body } = await api.http
      .post('/api/files')
      .field('title', 'x')
      .attach('any name', Buffer.from('text'), 'a.txt')
      .field('more', 'y')
      .expect(201);
    expect(body.name).toBe('a.txt');
  });

  it('takes a file of exactly the limit', async () => {
    await upload(Buffer.alloc(uploadBytesMax, 'x')).expect(201);
    await uploadForm(Buffer.alloc(uploadBytesMax, 'x'), 'x.txt').expect(201);
  });

  it('answers 413 for a byte more, and states the limit', async () => {
    for (const request of [
      upload(Buffer.alloc(uploadBytesMax + 1, 'x')),
      uploadForm(Buffer.alloc(uploadBytesMax + 1, 'x'), 'x.txt'),
    ]) {
      const { body } = await request.expect(413).expect('Content-Type', /problem\+json/);
      expect(body).toMatchObject({ code: 'file_too_large', detail: expect.stringContaining('2000000') });
    }
  });

  it('answers 422 for zero bytes', async () => {
    for (const request of [upload(Buffer.alloc(0)), uploadForm(Buffer.alloc(0), 'x.txt')])
      expect((await request.expect(422)).body.code).toBe('empty_file');
    expect((await api.http.post('/api/files').expect(422)).body.code).toBe('empty_file');
  });

  it.each([
    ['as such', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'a.svg', 'image/svg+xml'],
    ['named .png', Buffer.from('<?xml version="1.0"?><!-- x --><svg/>'), 'a.png', 'image/png'],
    ['gzipped', gzipSync('<svg/>'), 'a.svgz', 'application/octet-stream'],
  ])('answers 415 for SVG %s', async (_, content, name, mediaType) => {
    for (const request of [upload(content, name, mediaType), uploadForm(content, name, mediaType)]) {
      const { body } = await request.expect(415);
      expect(body).toMatchObject({
        code: 'svg_not_accepted',
        detail: expect.stringContaining('SVG, which is not accepted'),
      });
    }
  });

  it('answers 415 for text named .jpg, and says what it found', async () => {
    const { body } = await upload('not a photo', 'photo.jpg').expect(415);
    expect(body).toMatchObject({ code: 'content_mismatch', detail: expect.stringContaining('text/plain') });
  });

  it('answers 422 for 16,000 × 16,000 pixels in a small PNG', async () => {
    const { body } = await upload(pixelBomb(16_000, 16_000), 'bomb.png', 'image/png').expect(422);
    expect(body).toMatchObject({ code: 'image_too_large', detail: expect.stringContaining('50000000') });
  });

  it('answers 400 for two files at once, and keeps neither', async () => {
    const before = await filesOnDisk();
    const { body } = await api.http
      .post('/api/files')
      .attach('a', Buffer.from('first'), 'a.txt')
      .attach('b', Buffer.from('second'), 'b.txt')
      .expect(400);
    expect(body).toMatchObject({ code: 'invalid_upload', detail: expect.stringContaining('more than one') });
    expect(await filesOnDisk()).toEqual(before);
  });

  it.each<[string, string, string]>([
    ['no file', '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ntext\r\n--x--\r\n', 'holds no file'],
    ['nothing', '--x--\r\n', ''],
    [
      'no end',
      '--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nhalf a fi',
      'ends too early',
    ],
    ['another boundary', '--y\r\nContent-Disposition: form-data; name="a"\r\n\r\n--y--\r\n', ''],
  ])('answers 400 for a form with %s', async (_, form, detail) => {
    const before = await filesOnDisk();
    const { body } = await api.http
      .post('/api/files')
      .set('Content-Type', 'multipart/form-data; boundary=x')
      .send(form)
      .expect(400);
    expect(body).toMatchObject({ code: 'invalid_upload', detail: expect.stringContaining(detail) });
    expect(await filesOnDisk()).toEqual(before);
  });

  it('answers 400 for a form without a boundary', async () => {
    const { body } = await api.http
      .post('/api/files')
      .set('Content-Type', 'multipart/form-data')
      .send('x')
      .expect(400);
    expect(body.code).toBe('invalid_upload');
  });

  it('answers 415 for a compressed body', async () => {
    const { body } = await api.http
      .post('/api/files')
      .set('Content-Encoding', 'gzip')
      .send(gzipSync('text'))
      .expect(415);
    expect(body.code).toBe('unsupported_media_type');
  });

  it('answers 405 to other methods', async () => {
    expect((await api.http.put('/api/files').expect(405)).headers.allow).toBe('POST, OPTIONS');
  });

  it('keeps nothing of a client that goes away', async () => {
    const before = await filesOnDisk();
    for (const headers of [
      { 'Content-Type': 'application/octet-stream' },
      { 'Content-Type': 'multipart/form-data; boundary=x' },
    ]) {
      const arrived = new Promise<IncomingMessage>((resolve) => api.server.once('request', resolve));
      const client = httpRequest(`${api.url}/api/files`, { method: 'POST', headers });
      client.on('error', () => {});
      client.write('--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nhalf a fi');
      const request = await arrived;
      await expect.poll(filesOnDisk).toHaveLength(before.length + 1);
      client.destroy();
      if (!request.closed) await new Promise((resolve) => request.once('close', resolve));
      await expect.poll(filesOnDisk).toEqual(before);
    }
    // The server is still there.
    await upload('text').expect(201);
  });

  describe('refused before its end', () => {
    /** Sends 30 MB, whatever the server says meanwhile, and only then reads the answer. */
    const sendAll = (announceLength: boolean) =>
      new Promise<{ status?: number; body: string }>((resolve, reject) => {
        const size = 30_000_000;
        const client = httpRequest(`${api.url}/api/files?name=x`, {
          method: 'POST',
          headers: announceLength ? { 'Content-Length': size } : {},
        });
        client.on('error', reject);
        client.on('response', (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => resolve({ status: response.statusCode, body }));
        });
        const chunk = Buffer.alloc(1_000_000, 'x');
        const send = (left: number) =>
          left === 0 ? client.end() : client.write(chunk, () => send(left - chunk.length));
        send(size);
      });

    it.each([true, false])(
      'a client that sends all of it hears why (length announced: %s)',
      async (announced) => {
        const { status, body } = await sendAll(announced);
        expect(status).toBe(413);
        expect(JSON.parse(body).code).toBe('file_too_large');
      },
    );

    it('fetch hears why', async () => {
      const response = await fetch(`${api.url}/api/files`, {
        method: 'POST',
        body: Buffer.alloc(30_000_000, 'x'),
      });
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({ code: 'file_too_large' });
    });

    it('a form of fetch hears why', async () => {
      const form = new FormData();
      form.append('file', new Blob([Buffer.alloc(30_000_000, 'x')]), 'x.txt');
      const response = await fetch(`${api.url}/api/files`, { method: 'POST', body: form });
      expect(response.status).toBe(413);
    });
  });
});

describe('file names', () => {
  it.each([
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system.ini', 'system.ini'],
    ['a\r\nSet-Cookie: admin=1.txt', 'aSet-Cookie: admin=1.txt'],
    ['a"; filename="b.exe', 'a"; filename="b.exe'],
    ['📷 Grüße العربية.txt', '📷 Grüße العربية.txt'],
    ['100%25.txt', '100%25.txt'],
    ['-', '-'],
    ['<script>alert(1)</script>.txt', 'script>.txt'],
    [`${'x'.repeat(500)}.txt`, `${'x'.repeat(251)}.txt`],
    ['\u202etxt.exe', 'txt.exe'],
  ])('%j is stored safely, with a well-formed header at its download', async (given, kept) => {
    const { body } = await upload('text', given).expect(201);
    expect(body.name).toBe(kept);
    const { headers } = await api.http.get(body.downloadUrl).expect(200);
    const header = headers['content-disposition'] ?? '';
    expect(header).toMatch(/^attachment; filename/);
    expect(contentDisposition.parse(header).parameters.filename).toBe(kept);
    expect(headers['set-cookie']).toBeUndefined();
  });

  it('come out of a form as they went in', async () => {
    const form = new FormData();
    form.append('file', new Blob(['text']), '📷 Grüße "x".txt');
    const response = await fetch(`${api.url}/api/files`, { method: 'POST', body: form });
    // A browser writes a quote as %22.
    expect(await response.json()).toMatchObject({ name: '📷 Grüße %22x%22.txt' });
  });
});

describe('GET /api/files/:id', () => {
  const content = '0123456789';
  let url = '';
  let etag = '';
  beforeAll(async () => {
    const { body } = await upload(content, 'digits.txt').expect(201);
    url = body.downloadUrl;
    etag = `"${body.sha256}"`;
  });

  it('answers the bytes with the type that was found, as an attachment that is never sniffed', async () => {
    const { headers, body } = await download(url).expect(200);
    expect(body.toString()).toBe(content);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '10',
      'content-disposition': 'attachment; filename="digits.txt"',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      etag,
      'repr-digest': `sha-256=:${createHash('sha256').update(content).digest('base64')}:`,
    });
    expect(headers['content-security-policy']).toBeDefined();
  });

  it('answers HEAD with the same headers', async () => {
    const { headers } = await api.http.head(url).expect(200);
    expect(headers).toMatchObject({ 'content-length': '10', etag, 'accept-ranges': 'bytes' });
  });

  it('answers 304 to an ETag that still holds', async () => {
    await api.http.get(url).set('If-None-Match', etag).expect(304);
    await api.http.get(url).set('If-None-Match', `"other", W/${etag}`).expect(304);
    await api.http.get(url).set('If-None-Match', '"other"').expect(200);
    await api.http.head(url).set('If-None-Match', etag).expect(304);
  });

  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=-100', content, 'bytes 0-9/10'],
    ['bytes=5-100', '56789', 'bytes 5-9/10'],
  ])('answers 206 to the range %s', async (range, part, contentRange) => {
    const { headers, body } = await download(url).set('Range', range).expect(206);
    expect(body.toString()).toBe(part);
    expect(headers).toMatchObject({
      'content-range': contentRange,
      'content-length': String(part.length),
      etag,
    });
  });

  it.each(['bytes=10-', 'bytes=100-200', 'bytes=-0'])('answers 416 to the range %s', async (range) => {
    const { headers, body } = await api.http.get(url).set('Range', range).expect(416);
    expect(headers['content-range']).toBe('bytes */10');
    expect(body).toMatchObject({
      code: 'range_not_satisfiable',
      detail: expect.stringContaining('10 bytes'),
    });
  });

  it.each(['bytes=0-1,3-4', 'lines=1-2', 'bytes=x', 'bytes=-', 'bytes=4-2', 'nonsense'])(
    'answers all of it to %s',
    async (range) => {
      expect((await download(url).set('Range', range).expect(200)).body.toString()).toBe(content);
    },
  );

  it('minds If-Range', async () => {
    await api.http.get(url).set('Range', 'bytes=0-1').set('If-Range', etag).expect(206);
    await api.http.get(url).set('Range', 'bytes=0-1').set('If-Range', '"other"').expect(200);
    await api.http.get(url).set('Range', 'bytes=90-').set('If-Range', '"other"').expect(200);
  });

  it.each([`file_${'0'.repeat(26)}`, 'file_x', 'calculation', '..%2f..%2fetc%2fpasswd', '%00'])(
    'answers 404 to %s, which is no file',
    async (id) => {
      const { body, headers } = await api.http.get(`/api/files/${id}`).expect(404);
      expect(body.code).toBe('file_not_found');
      expect(headers['content-type']).toMatch(/problem\+json/);
    },
  );

  it('answers 405 to other methods', async () => {
    expect((await api.http.delete(url).expect(405)).headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  it('survives a client that stops in the middle', async () => {
    const { body } = await upload(Buffer.alloc(uploadBytesMax, 'x')).expect(201);
    await new Promise<void>((resolve) => {
      const client = httpRequest(`${api.url}${body.downloadUrl}`, (response) =>
        response.once('data', () => {
          client.destroy();
          resolve();
        }),
      );
      client.on('error', () => {});
      client.end();
    });
    await api.http.get(url).expect(200);
  });
});

describe('after the retention', () => {
  it('a download answers 410', async () => {
    const past = new LocalFileStore({
      folder: join(api.config.dataDir, 'files'),
      retentionMs: 1_000,
      imagePixelsMax: 1,
      now: () => Date.now() - 2_000,
    });
    const { id, downloadUrl } = await past.write({
      id: newFileId(0, Buffer.alloc(10)),
      name: 'a.txt',
      content: Buffer.from('text'),
    });
    expect((await api.http.get(downloadUrl).expect(410)).body.code).toBe('file_gone');
    await past.sweep();
    expect((await api.http.get(downloadUrl).expect(410)).body.code).toBe('file_gone');
    const payload = { source: { fileId: id }, operations: [{ operation: 'checksum' }] };
    expect(await api.run('file_processing', payload)).toMatchObject({
      status: 'failed',
      attempts: { made: 1 },
      error: { code: 'file_gone' },
    });
  });
});

interface Output {
  name: string;
  width: number;
  height: number;
  downloadUrl: string;
}

async function process(content: Buffer, operations: object[], name = 'photo.jpg') {
  const { body: file } = await uploadForm(content, name).expect(201);
  const job = await api.run('file_processing', { source: { fileId: file.id }, operations });
  const result = job.result as { outputs: Output[]; notes: string[] } | undefined;
  return { job, result, output: result?.outputs[0] };
}

describe('a file_processing job', () => {
  it('brings an uploaded photo to 800 × 600', async () => {
    const { job, output } = await process(await photo(1600, 1000), [
      { operation: 'resize', width: 800, height: 600 },
    ]);
    expect(job).toMatchObject({ status: 'completed', attempts: { made: 1 } });
    const { body, headers } = await download(output?.downloadUrl ?? '').expect(200);
    expect(headers['content-type']).toBe('image/jpeg');
    expect(await sharp(body).metadata()).toMatchObject({ format: 'jpeg', width: 800, height: 600 });
  });

  it('fails after one attempt at a truncated JPEG', async () => {
    const whole = await photo(640, 480);
    const { job } = await process(whole.subarray(0, whole.length / 2), [{ operation: 'resize', width: 100 }]);
    expect(job).toMatchObject({
      status: 'failed',
      attempts: { made: 1 },
      error: { code: 'corrupt_image', status: 422, detail: expect.not.stringMatching(/vips/i) },
    });
  });

  it.each([{ width: 0 }, { width: -1 }, { width: 1.5 }, { width: 99_999 }, { height: 0, width: 10 }, {}])(
    'is refused with 422 for a resize to %j',
    async (size) => {
      const payload = {
        source: { fileId: `file_${'0'.repeat(26)}` },
        operations: [{ operation: 'resize', ...size }],
      };
      const { body } = await api.http
        .post('/api/jobs')
        .send({ type: 'file_processing', payload })
        .expect(422);
      expect(body.code).toBe('validation_failed');
      expect(body.errors[0].pointer).toMatch(/^\/payload\/operations\/0\/(width|height)$/);
    },
  );

  it('makes an EXIF-rotated photo upright, its metadata gone', async () => {
    const image = await quarters(80, 60)
      .rotate(270)
      .withExif({ IFD0: { Copyright: 'Ada Lovelace' }, IFD3: { GPSLatitudeRef: 'N' } })
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const { output } = await process(image, [{ operation: 'resize', width: 40 }]);
    expect(output).toMatchObject({ width: 40, height: 30 });
    const { body } = await download(output?.downloadUrl ?? '').expect(200);
    expect(distance(await pixelAt(body, 5, 5), red)).toBeLessThan(30);
    const header = await sharp(body).metadata();
    expect([header.exif, header.orientation]).toEqual([undefined, undefined]);
    expect(body.includes('Lovelace')).toBe(false);
  });

  it('keeps the frames of an animated GIF, or states the loss', async () => {
    const gif = await animation('gif', 40, 30);
    const kept = await process(gif, [{ operation: 'resize', width: 20 }], 'a.gif');
    expect(kept.output).toMatchObject({ width: 20, height: 15, frames: 3 });
    const lost = await process(gif, [{ operation: 'convert', format: 'jpeg' }], 'a.gif');
    expect(lost.result?.notes.join()).toContain('the first of 3');
  });

  it.each(['http://127.0.0.1/a.jpg', 'http://[::1]/a.jpg', 'http://169.254.169.254/'])(
    'does not fetch %s',
    async (url) => {
      const job = await api.run('file_processing', {
        source: { url },
        operations: [{ operation: 'metadata' }],
      });
      expect(job).toMatchObject({
        status: 'failed',
        attempts: { made: 1 },
        error: { code: 'address_not_public' },
      });
    },
  );

  it('runs its first example as it stands', async () => {
    const example = api.registry.get('file_processing')?.definition.examples[0];
    const job = await api.run('file_processing', example?.payload);
    expect(job.status).toBe('completed');
  });
});

describe('GET /api/jobs/:id/files/:index', () => {
  it('answers the files of a completed job', async () => {
    const { job, output } = await process(await photo(80, 60), [
      { operation: 'thumbnails', sizes: [10, 20] },
    ]);
    const first = await download(`/api/jobs/${job.id}/files/0`).expect(200);
    expect(first.body.equals((await download(output?.downloadUrl ?? '')).body)).toBe(true);
    await api.http.get(`/api/jobs/${job.id}/files/1`).expect(200);
    for (const index of ['2', '-1', 'x', '1.5', '99999999999'])
      expect((await api.http.get(`/api/jobs/${job.id}/files/${index}`).expect(404)).body.code).toBe(
        'file_not_found',
      );
  });

  it('answers 409 as long as the job has not finished', async () => {
    const idle = await startApi();
    try {
      const payload = { source: { dataUri: 'data:,x' }, operations: [{ operation: 'gzip' }] };
      const { body } = await idle.http
        .post('/api/jobs')
        .send({ type: 'file_processing', payload })
        .expect(202);
      const answer = await idle.http.get(`/api/jobs/${body.jobId}/files/0`).expect(409);
      expect(answer.body).toMatchObject({
        code: 'file_not_ready',
        detail: expect.stringContaining('pending'),
      });
    } finally {
      await idle.close();
    }
  });

  it('answers 404 for a failed job, and for none', async () => {
    const { job } = await process(Buffer.from('text'), [{ operation: 'resize', width: 10 }], 'a.txt');
    expect((await api.http.get(`/api/jobs/${job.id}/files/0`).expect(404)).body).toMatchObject({
      code: 'file_not_found',
      detail: expect.stringContaining('failed'),
    });
    expect((await api.http.get('/api/jobs/nothing/files/0').expect(404)).body.code).toBe('job_not_found');
  });
});
