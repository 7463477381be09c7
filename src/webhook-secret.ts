/**
 * The secret that signs callbacks where none is configured: made once for a data folder and kept in it, so that
 * receivers need not learn another at each start. In production a secret is given, or there is none.
 */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Config, ConfigError } from './config.js';

const secretBytes = 32;
const form = /^whsec_[A-Za-z0-9+/]{43}=$/;

export const webhookSecretFile = (dataDir: string) => join(resolve(dataDir), 'webhook-secret');

/** The secrets that are configured; else, outside production, the one of the data folder, if it has one. */
export async function resolveWebhookSecrets({ webhookSecrets, nodeEnv, dataDir }: Config): Promise<string[]> {
  if (webhookSecrets.length > 0 || nodeEnv === 'production') return webhookSecrets;
  const secret = await readSecret(webhookSecretFile(dataDir));
  return secret === undefined ? [] : [secret];
}

/**
 * The secret of a data folder, which must be there. Of several that make it at once one wins, and all get that one.
 *
 * @throws ConfigError when the file holds something else
 */
export async function makeWebhookSecret(dataDir: string): Promise<string> {
  const file = webhookSecretFile(dataDir);
  const known = await readSecret(file);
  if (known !== undefined) return known;
  const secret = `whsec_${randomBytes(secretBytes).toString('base64')}`;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, file);
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readSecret(file)) ?? makeWebhookSecret(dataDir);
  } finally {
    await rm(draft, { force: true });
  }
}

async function readSecret(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const secret = text.trim();
  if (!form.test(secret))
    throw new ConfigError(
      `${file}: expected whsec_ and 32 bytes in base64, got something else. Remove the file, and \`npm start\` makes another.`,
    );
  return secret;
}
