/**
 * sharp, and nothing around it: from a file to one JPEG of each width, as often as a message says. Answers with the
 * milliseconds of each.
 *
 *     node bench/baseline/sharp-alone.mjs IMAGE FOLDER WIDTH…
 */
import { join } from 'node:path';
import sharp from 'sharp';

const [, , image, folder, ...widths] = process.argv;

process.on('message', async ({ times }) => {
  const timesMs = [];
  for (let n = 0; n < times; n += 1) {
    const startMs = performance.now();
    for (const width of widths)
      await sharp(image)
        .autoOrient()
        .resize(Number(width))
        .jpeg({ quality: 80 })
        .toFile(join(folder, `${width}.jpg`));
    timesMs.push(performance.now() - startMs);
  }
  process.send?.({ timesMs });
});
process.once('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });
