import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../src/config.js';
import { makeWebhookSecret, resolveWebhookSecrets, webhookSecretFile } from '../src/webhook-secret.js';
import { temporaryFolder } from './support/temporary-folder.js';

const given = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

describe('the secret of a data folder', () => {
  it('is made once, for its owner only, and is one that the configuration accepts', async () => {
    const folder = await temporaryFolder();
    const secret = await makeWebhookSecret(folder);
    expect(await makeWebhookSecret(folder)).toBe(secret);
    const file = webhookSecretFile(folder);
    expect((await readFile(file, 'utf8')).trim()).toBe(secret);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(loadConfig({}, { WEBHOOK_SECRETS: secret }).webhookSecrets).toEqual([secret]);
  });

  it('is the same for all that make it at once', async () => {
    const folder = await temporaryFolder();
    const secrets = await Promise.all(Array.from({ length: 20 }, () => makeWebhookSecret(folder)));
    expect(new Set(secrets).size).toBe(1);
    expect(await readdir(folder)).toEqual(['webhook-secret']);
  });

  it('is never guessed at: a file that holds something else is an error that names it, and not its content', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'webhook-secret'), 'whsec_short');
    const error = await makeWebhookSecret(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(String(error)).toContain(join(folder, 'webhook-secret'));
    expect(String(error)).not.toContain('whsec_short');
  });
});

describe('the secrets of a server', () => {
  it('are those that are configured', async () => {
    const folder = await temporaryFolder();
    await makeWebhookSecret(folder);
    const config = loadConfig({}, { DATA_DIR: folder, WEBHOOK_SECRETS: given });
    expect(await resolveWebhookSecrets(config)).toEqual([given]);
  });

  it('are the one of the data folder where none is configured, outside production', async () => {
    const folder = await temporaryFolder();
    const config = (more = {}) => loadConfig({}, { DATA_DIR: folder, ...more });
    expect(await resolveWebhookSecrets(config())).toEqual([]);
    const secret = await makeWebhookSecret(folder);
    expect(await resolveWebhookSecrets(config())).toEqual([secret]);
    expect(await resolveWebhookSecrets(config({ NODE_ENV: 'production' }))).toEqual([]);
  });
});
