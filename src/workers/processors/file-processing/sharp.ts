/**
 * The image library, set up for a worker. Imported only when a job runs, so that a definition is cheap.
 *
 * - No cache: no two jobs decode the same, and memory goes back at once.
 * - One thread for each image: jobs run beside one another, and one large image must not take every core.
 * - Only the formats that we document can be read, whatever a file pretends to be. SVG is none of them.
 */
import sharp from 'sharp';
import { failure } from '../../../models/failure.js';

sharp.cache(false);
sharp.concurrency(1);
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadHeif',
    'VipsForeignLoadTiff',
  ],
});

export { sharp };

/** libvips gives up by itself after this, so that an abandoned attempt frees its thread. */
export const stepSecondsMax = 60;

/** What libvips says when it gives up, in the platform's terms; undefined for anything else. */
export function limitFailure(error: unknown, imagePixelsMax: number) {
  if (!(error instanceof Error)) return undefined;
  if (/pixel limit/i.test(error.message))
    return failure('image_too_large', `The image has more pixels than the limit of ${imagePixelsMax}.`, {
      cause: error,
    });
  if (/^timeout/i.test(error.message))
    return failure('attempt_timeout', `One step on the image took longer than ${stepSecondsMax} s.`, {
      cause: error,
    });
  return undefined;
}
