/** What the local store writes beside the bytes: what is known about a file, or that it is gone. */
import { z } from 'zod';
import { storedFileSchema } from '../models/stored-file.js';

const presentSchema = z.object({
  state: z.literal('present'),
  file: storedFileSchema.omit({ downloadUrl: true }),
  /** Name of the file that holds the bytes, in the record's own folder. Another one after each overwriting. */
  content: z.string().regex(/^[\w.]+$/),
});

const goneSchema = z.object({
  state: z.literal('gone'),
  goneAt: z.iso.datetime(),
  tenant: z.string().optional(),
});

const fileRecordSchema = z.discriminatedUnion('state', [presentSchema, goneSchema]);

export type FileRecord = z.output<typeof fileRecordSchema>;
export type PresentRecord = z.output<typeof presentSchema>;

/**
 * @returns undefined where it is no JSON, empty or cut off: nobody will read it any more.
 * @throws ZodError where it is JSON of another form, which a newer version may have written.
 */
export function parseFileRecord(text: string): FileRecord | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  return fileRecordSchema.parse(json);
}
