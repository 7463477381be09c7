/** A photo of twelve megapixels, made into three sizes: against sharp alone, and by one worker server and by two. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { withSides } from '../measure/open-sides.js';
import { inRounds, withProcessorTime } from '../measure/rounds.js';
import { spreadOf } from '../measure/statistics.js';
import { untilFinished } from '../measure/until-finished.js';
import { answerOf, type RunningChild, startChild } from '../processes.js';
import type { Sample, Scenario } from '../scenario.js';
import { jobwright } from '../sides/jobwright.js';
import { type OpenSide, post, type Side } from '../sides/side.js';

const widths = [1600, 800, 320];
/** Images of a round. */
const images = 6;
const alone = 'sharp alone';
const two = 'two worker servers';

export const image: Scenario = {
  name: 'image',
  async run(bench) {
    const photo = await makePhoto();
    const file = join(bench.folder, 'photo.jpg');
    const results = join(bench.folder, 'sharp');
    await mkdir(results);
    await writeFile(file, photo);
    const args = ['bench/baseline/sharp-alone.mjs', file, results, ...widths.map(String)];
    const sharpAlone = await startChild({ name: alone, folder: bench.folder, args });
    const sides = [jobwright, withTwoWorkers];
    try {
      return await withSides(
        { ...bench, options: { ...bench.options, type: 'file_processing' } },
        sides,
        { api: true, workers: 1 },
        async (open) => {
          const files = new Map<string, string>();
          for (const [name, side] of open) files.set(name, await upload(side, photo));
          const fileOf = (name: string) => files.get(name) ?? '';
          bench.say(`a JPEG of 12 megapixels to ${widths.join(', ')} pixels`);
          const own = open.get(jobwright.name) as OpenSide;
          const single = new Map<string, () => Promise<Sample>>([
            [jobwright.name, () => oneByOne(own, fileOf(jobwright.name))],
            [alone, () => bySharp(sharpAlone)],
          ]);
          bench.say('as many as go, by one worker server and by two');
          return [
            {
              title: 'A JPEG of 12 megapixels to three sizes, one at a time',
              unit: 'ms',
              operation: 'image',
              samples: await inRounds(bench, single, (run) => run()),
              targets: [{ against: alone, of: 'value', atMost: 1.1 }],
              note: 'From the POST until its answer with the result (`Prefer: wait`); sharp alone reads from and writes to files as well.',
            },
            {
              title: 'JPEGs of 12 megapixels to three sizes, many',
              unit: 'images/s',
              operation: 'image',
              samples: await inRounds(bench, open, (side, name) => many(side, fileOf(name))),
              targets: [{ side: two, against: jobwright.name, of: 'value', atLeast: 2 }],
              note: 'Each worker server has one image at a time; twice the throughput needs the cores for it.',
            },
          ];
        },
      );
    } finally {
      await sharpAlone.stop();
    }
  },
};

const withTwoWorkers: Side = {
  name: two,
  open: (options) => jobwright.open({ ...options, folder: `${options.folder}/two`, workerServers: 2 }),
};

/** Gradients under noise: it neither compresses to nothing nor looks the same anywhere. */
function makePhoto(): Promise<Buffer> {
  const [width, height] = [4_000, 3_000];
  const pixels = Buffer.alloc(width * height * 3);
  let noise = 12_345;
  for (let at = 0; at < pixels.length; at += 1) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fffffff;
    pixels[at] = (200 * (at % (width * 3))) / (width * 3) + ((noise >> 16) % 30);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

async function upload({ origin }: OpenSide, photo: Buffer): Promise<string> {
  const response = await fetch(`${origin}/api/files`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: new Uint8Array(photo),
  });
  if (!response.ok) throw new Error(`upload: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

/** The same image again and again: so nothing may be taken from the cache, and no two jobs may be joined. */
const jobFor = (fileId: string) =>
  JSON.stringify({
    type: 'file_processing',
    payload: { source: { fileId }, operations: [{ operation: 'thumbnails', sizes: widths }] },
    options: { cache: false },
  });

async function oneByOne(side: OpenSide, fileId: string): Promise<Sample> {
  const timesMs: number[] = [];
  const { cpuUs } = await withProcessorTime(
    side,
    async () => {
      for (let n = 0; n < images; n += 1) {
        const startMs = performance.now();
        await post(`${side.origin}/api/jobs`, jobFor(fileId), { prefer: 'wait=60' });
        timesMs.push(performance.now() - startMs);
      }
    },
    () => images,
  );
  return { value: spreadOf(timesMs).median, cpuUs };
}

async function bySharp(sharpAlone: RunningChild): Promise<Sample> {
  const { result, cpuUs } = await withProcessorTime(
    { pids: { sharp: sharpAlone.pid } },
    async () => {
      const { timesMs } = await answerOf<{ timesMs: number[] }>(sharpAlone, { times: images });
      return timesMs;
    },
    () => images,
  );
  return { value: spreadOf(result).median, cpuUs };
}

async function many(side: OpenSide, fileId: string): Promise<Sample> {
  const before = await side.finished();
  const startMs = performance.now();
  const { cpuUs } = await withProcessorTime(
    side,
    async () => {
      for (let n = 0; n < images; n += 1) await post(`${side.origin}/api/jobs`, jobFor(fileId));
      await untilFinished(side, before + images);
    },
    () => images,
  );
  return { value: (1_000 * images) / (performance.now() - startMs), cpuUs };
}
