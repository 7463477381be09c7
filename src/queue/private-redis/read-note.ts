/** Notes that one process leaves for another as JSON. They may be cut off, or be of another version. */
import { readFile } from 'node:fs/promises';
import type { z } from 'zod';

/**
 * What the note says; `absent` where there is no such file, `unreadable` where it is no such note.
 *
 * @throws where the file cannot be read although it is there
 */
export async function readNote<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | 'absent' | 'unreadable'> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'absent';
    throw error;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return 'unreadable';
  }
}
