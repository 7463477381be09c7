import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { resumedDownload } from '../../src/files/resumed-download.js';

const rest = (text: string) => async (offset: number) => Readable.from([Buffer.from(text.slice(offset))]);
const failed = (error: unknown) => error;

describe('resumedDownload', () => {
  it('survives a connection that breaks before anybody reads', async () => {
    const body = new PassThrough();
    const stream = resumedDownload({ body, length: 10, again: rest('0123456789'), failed });
    body.destroy(new Error('cut'));
    await new Promise((resolve) => body.once('close', resolve));
    expect((await buffer(stream)).toString()).toBe('0123456789');
  });

  it('does not take a part for the whole', async () => {
    const body = Readable.from([Buffer.from('0123')]);
    const stream = resumedDownload({ body, length: 10, again: rest('0123456789'), failed });
    expect((await buffer(stream)).toString()).toBe('0123456789');
  });

  it('ends the connection of one that is destroyed unread', async () => {
    const body = new PassThrough();
    const stream = resumedDownload({ body, length: 10, again: rest(''), failed });
    stream.destroy();
    await once(body, 'close');
    expect(body.destroyed).toBe(true);
  });
});
