/** One for each group of operations. The sources are in the requests: each runs as it stands. */
import type { z } from 'zod';
import type { Example } from '../../../models/job-type.js';
import type { payloadSchema } from './payload.js';

/** A PNG of 64 × 48 pixels: a diagonal gradient. */
const picture =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAEAAAAAwCAIAAAAuKetIAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAARklEQVRo3u3PgQkAMAgDsA7m/x+7fSEIgTyQk7yb3qw6WUxAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBgzgcLc+tL+XLEzwAAAABJRU5ErkJggg==';

const table = `data:text/csv,${encodeURIComponent('name,born\nAda Lovelace,1815\nGrace Hopper,1906\n')}`;

export const examples: [Example<z.input<typeof payloadSchema>>, ...Example<z.input<typeof payloadSchema>>[]] =
  [
    {
      summary: 'Resize an image',
      payload: { source: { dataUri: picture }, operations: [{ operation: 'resize', width: 32, height: 24 }] },
    },
    {
      summary: 'Crop, turn, take the colours out, and write it as WebP',
      payload: {
        source: { dataUri: picture },
        operations: [
          { operation: 'crop', left: 8, top: 8, width: 32, height: 32 },
          { operation: 'rotate', angle: 90 },
          { operation: 'grayscale' },
          { operation: 'convert', format: 'webp', quality: 75 },
        ],
      },
    },
    {
      summary: 'Thumbnails in several sizes, of an image with a watermark',
      payload: {
        source: { dataUri: picture },
        operations: [
          { operation: 'watermark', text: '© Ada', position: 'bottom-right', opacity: 0.5 },
          { operation: 'thumbnails', sizes: [16, { width: 24, height: 24, name: 'square' }] },
        ],
      },
    },
    {
      summary: 'Read what the header of an image says, and its digests',
      payload: {
        source: { dataUri: picture },
        operations: [{ operation: 'metadata' }, { operation: 'checksum', algorithms: ['sha256', 'md5'] }],
      },
    },
    {
      summary: 'Turn CSV into JSON, and compress it',
      payload: {
        source: { dataUri: table },
        operations: [{ operation: 'csv_to_json' }, { operation: 'gzip', level: 9 }],
      },
    },
  ];
