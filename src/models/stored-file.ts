/** A file as the API shows it and processors see it. Its bytes are the file store's. */
import { z } from 'zod';
import { once } from './once.js';
import { typeIdPattern } from './type-id.js';

export const fileIdSchema = z
  .string()
  .regex(typeIdPattern('file'), 'must be the id of a file: file_ and 26 characters');

/** One object for all, also for plug-ins: a document may have only one schema of a name. */
export const storedFileSchema = once('storedFileSchema', () =>
  z
    .strictObject({
      id: fileIdSchema,
      name: z.string().describe('The name it was uploaded or produced with; never used as a path.'),
      mediaType: z.string().describe('Found by looking at the content, not at the name.'),
      size: z.int().min(0).describe('Bytes.'),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .describe('Digest of the content, in hexadecimal.'),
      width: z.int().optional().describe('Pixels; images only.'),
      height: z.int().optional().describe('Pixels; images only. Of one frame.'),
      frames: z.int().optional().describe('Of an animated image.'),
      tenant: z.string().optional().describe('Whose file it is; absent without API keys.'),
      createdAt: z.iso.datetime(),
      expiresAt: z.iso
        .datetime()
        .optional()
        .describe('After this the bytes are removed, and a download answers 410.'),
      downloadUrl: z.string().describe('Where to download it, relative to the server.'),
    })
    .meta({ id: 'File', description: 'A file in the file store.' }),
);

export type StoredFile = z.output<typeof storedFileSchema>;
