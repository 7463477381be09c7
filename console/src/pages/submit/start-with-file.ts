/** What a form begins with when somebody comes with a file: the file in its place, and what is done most to its like. */
import type { JobTypeContract, StoredFile } from '../../api-types.js';
import { resolve, type Schema } from '../../form/schema.js';

/** Of the pixels of a photo; half of one that is smaller. */
const usualWidth = 800;

/** The path of the member that takes a file, directly or one level down; undefined where there is none. */
export function fileMemberOf(root: Schema): readonly string[] | undefined {
  const isFile = (schema: Schema) => resolve(schema, root).pattern?.startsWith('^file_') ?? false;
  for (const [name, member] of Object.entries(resolve(root, root).properties ?? {})) {
    if (isFile(member)) return [name];
    for (const [inner, schema] of Object.entries(resolve(member, root).properties ?? {}))
      if (isFile(schema)) return [name, inner];
  }
  return undefined;
}

/** A payload with nothing in it but what must be, and no file yet. */
export function payloadForFile({ payloadSchema }: JobTypeContract): unknown {
  const [first] = fileMemberOf(payloadSchema) ?? [];
  const takesOperations = resolve(payloadSchema, payloadSchema).properties?.operations !== undefined;
  return {
    ...(first === undefined ? {} : { [first]: {} }),
    ...(takesOperations ? { operations: [{ operation: 'resize' }] } : {}),
  };
}

/** The same once the file is known. What the reader has chosen meanwhile stays. */
export function operationsFor(file: StoredFile): readonly object[] {
  if (file.width !== undefined)
    return [
      {
        operation: 'resize',
        width: file.width > usualWidth ? usualWidth : Math.max(1, Math.round(file.width / 2)),
      },
    ];
  if (file.mediaType === 'text/csv') return [{ operation: 'csv_to_json' }];
  return [{ operation: 'checksum' }];
}
