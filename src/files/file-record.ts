/** What the local store writes beside the bytes: what is known about a file, or that it is gone. */
import { z } from 'zod';
import { storedFileSchema } from '../models/stored-file.js';

const presentSchema = z.object({
  state: z.literal('present'),
  file: storedFileSchema.omit({ downloadUrl: true }),
  /** Name of the file that holds the bytes, in the record's own folder. Another one after each overwriting. */
  content: z.string().regex(/^[\w.]+$/),
  jobId: z.string().optional(),
});

const goneSchema = z.object({ state: z.literal('gone'), goneAt: z.iso.datetime() });

const fileRecordSchema = z.discriminatedUnion('state', [presentSchema, goneSchema]);

export type FileRecord = z.output<typeof fileRecordSchema>;
export type PresentRecord = z.output<typeof presentSchema>;

export const parseFileRecord = (json: string): FileRecord => fileRecordSchema.parse(JSON.parse(json));
