/** Who may do what: the scopes of an API key, its tenant, and the entry under which a server knows it. */
import { z } from 'zod';
import { prefixPattern } from './type-id.js';

/** `admin` includes the others, and sees all tenants. */
export const scopes = ['submit', 'read', 'operate', 'admin'] as const;

export type Scope = (typeof scopes)[number];

export const tenantSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    'expected up to 63 lower-case letters, digits, - and _, the first a letter or a digit',
  );

/** Of a key; it has no underscore, so that the parts of a key are told apart. */
export const keyIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected up to 40 lower-case letters, digits and -');

const keyEntrySchema = z.strictObject({
  id: keyIdSchema,
  tenant: tenantSchema,
  scopes: z.array(z.enum(scopes)).min(1, 'expected at least one of submit, read, operate, admin'),
  /** Job types to which it is limited; all of them when absent. */
  types: z.array(z.string().regex(prefixPattern, 'expected the name of a job type')).min(1).optional(),
  /** Of the whole key, in hexadecimal. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits in lower case'),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

/** A key as a server knows it: everything but the key. */
export type KeyEntry = z.output<typeof keyEntrySchema>;

const keyEntriesSchema = z.array(keyEntrySchema).superRefine((entries, { addIssue }) => {
  const ids = entries.map(({ id }) => id);
  for (const [index, id] of ids.entries())
    if (ids.indexOf(id) !== index)
      addIssue({ code: 'custom', path: [index, 'id'], message: 'is there twice' });
});

/** Entries from their text, a JSON array; or what is wrong with it, in words that repeat nothing of it. */
export function readKeyEntries(text: string): { entries: readonly KeyEntry[] } | { mistake: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { mistake: 'expected a JSON array of keys' };
  }
  const parsed = keyEntriesSchema.safeParse(value);
  if (parsed.success) return { entries: parsed.data };
  const [issue] = parsed.error.issues;
  return { mistake: `expected a JSON array of keys: /${issue?.path.join('/') ?? ''}: ${issue?.message}` };
}
