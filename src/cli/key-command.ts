/**
 * `jobwright key create`: makes an API key. The key is printed once and kept nowhere; what a server needs to know it is
 * the entry, which is no secret.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { entryOf, makeApiKey } from '../api-key.js';
import { keyIdSchema, scopes, tenantSchema } from '../models/access.js';
import { wrongUsage } from '../serve.js';

const options = {
  tenant: { type: 'string' },
  scopes: { type: 'string' },
  types: { type: 'string' },
  id: { type: 'string' },
  days: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()));

const flagsSchema = z.object({
  tenant: z.string('expected the name of a tenant').pipe(tenantSchema),
  scopes: list.pipe(z.array(z.enum(scopes, `expected any of ${scopes.join(', ')}, separated by commas`))),
  types: list.optional(),
  id: keyIdSchema.optional(),
  days: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'expected a number of days')
    .transform(Number)
    .optional(),
});

export const keyHelp = `Usage: jobwright key create --tenant NAME --scopes SCOPE,… [flags]

Makes an API key. Prints the key, once, and the entry for API_KEYS or API_KEYS_FILE.

  --tenant NAME     Whose jobs, files, events and schedules the key reaches.
  --scopes SCOPE,…  submit: jobs and files. read. operate: cancel, retry, delete, bulk, schedules.
                    admin: all of it, of all tenants, and the workers.
  --types TYPE,…    Limits it to jobs of these types.
  --id ID           Names the key in logs (default: a random one).
  --days N          It expires after that many days (default: never).`;

export interface KeyCommandParts {
  print?: (line: string) => void;
  complain?: (line: string) => void;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** @returns The exit code. */
export function keyCommand(
  args: readonly string[],
  { print = console.log, complain = console.error, now = Date.now }: KeyCommandParts = {},
): number {
  const read = flagsIn(args);
  if (typeof read === 'string') {
    complain(read);
    return wrongUsage;
  }
  if (read.help) {
    print(keyHelp);
    return 0;
  }
  const parsed = flagsSchema.safeParse(read);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) complain(`--${String(path[0])}: ${message}`);
    return wrongUsage;
  }
  const { id = randomBytes(5).toString('hex'), days, ...rest } = parsed.data;
  const key = makeApiKey(id, randomBytes);
  const expiresAt =
    days === undefined ? {} : { expiresAt: new Date(now() + days * 86_400_000).toISOString() };
  const entry = entryOf(key, { id, ...rest, ...expiresAt });
  print(`The key, which is shown this once:\n\n  ${key}\n`);
  print(`Its entry, for the array in API_KEYS_FILE or API_KEYS:\n\n  ${JSON.stringify(entry)}`);
  return 0;
}

function flagsIn(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (args.length === 0) return { help: true };
    if (values.help || (positionals.length === 1 && positionals[0] === 'create')) return values;
    return 'jobwright key: expected create; see jobwright key --help';
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}; see jobwright key --help`;
  }
}
