/** What a client is told of itself. */
import { z } from 'zod';
import { scopes } from './access.js';

export const meSchema = z
  .object({
    keyId: z.string().optional().describe('Of the API key; absent where the server has no keys.'),
    tenant: z
      .string()
      .optional()
      .describe('Whose what it makes will be; absent where the server has no keys.'),
    scopes: z
      .array(z.enum(scopes))
      .describe('What it may do: `admin` with all that it includes, and all where the server has no keys.'),
    types: z
      .array(z.string())
      .optional()
      .describe('Job types to which it is limited; absent where it is not.'),
    allTenants: z.boolean().describe('Whether it sees the jobs of all tenants, or of its own only.'),
  })
  .meta({ id: 'Me', description: 'What the client that asks may do and see.' });

export type Me = z.output<typeof meSchema>;
