import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configText } from '../../src/cli/config-text.js';
import { serversOf } from '../../src/cli/servers.js';
import { settings } from '../../src/config.js';
import { runFile } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const secret = `whsec_${'A'.repeat(43)}=`;

async function secretFile(name: string, content: string): Promise<string> {
  const file = join(await temporaryFolder(), name);
  await writeFile(file, content);
  return file;
}

describe('the effective configuration', () => {
  it('has every setting on a line of its own, with its value and where that comes from', async () => {
    const file = await secretFile('redis-url', ' redis://app:hunter%2F2@redis.internal:6380/2\n');
    const text = configText(
      { port: { flag: '--port', value: '4000' } },
      { WORKERS: '9', PORT: '5000', REDIS_URL_FILE: file, WEBHOOK_SECRETS: secret },
    );
    const lines = text.split('\n');
    expect(lines).toHaveLength(Object.keys(settings).length);
    expect(lines).toContain('PORT=4000  # flag --port');
    expect(lines).toContain('WORKERS=9  # environment');
    expect(lines).toContain('LANES=short,long  # default');
    expect(lines).toContain('THREADS=  # default');
    expect(lines).toContain(`REDIS_URL=redis://…@redis.internal:6380/2  # file ${file}`);
    expect(lines).toContain('WEBHOOK_SECRETS=…  # environment');
    expect(text).not.toMatch(/hunter|AAAA/);
  });

  it('hides the password of the Sentinels as well', () => {
    const url = 'redis-sentinel://app:hunter2@s1:1,s2:2/main?db=1&sentinelPassword=hunter3';
    expect(configText({}, { REDIS_URL: url })).toContain(
      'REDIS_URL=redis-sentinel://…@s1:1,s2:2/main?db=1&sentinelPassword=…  #',
    );
  });

  it('keeps a value with a line break on its line', () => {
    expect(configText({}, { DATA_DIR: 'a\nPORT=1' })).toContain('\nDATA_DIR="a\\nPORT=1"  # environment\n');
  });

  it('has the variables of OpenTelemetry that are set, without what is for the collector only', () => {
    const text = configText(
      {},
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'https://me:hunter2@collector:4318',
        OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=hunter2',
        OTEL_SERVICE_NAME: '',
      },
    );
    expect(text.split('\n').slice(-2)).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT=https://…@collector:4318  # environment',
      'OTEL_EXPORTER_OTLP_HEADERS=…  # environment',
    ]);
  });

  it('is refused where the servers would not start', () => {
    expect(() => configText({}, { PORT: 'x', WORKERS: '0' })).toThrow(
      /^PORT: expected .*\nWORKERS: expected .*$/,
    );
    expect(() => configText({}, { NODE_ENV: 'production' })).toThrow(/^REDIS_URL: expected .* In production/);
  });
});

describe('jobwright config', () => {
  it('prints it, and exits 0', async () => {
    const file = await secretFile('secrets', `${secret}\n`);
    const run = runFile('src/cli/jobwright.ts', {
      args: ['config', '--redis', 'redis://:hunter2@r:1'],
      environment: { WEBHOOK_SECRETS_FILE: file, PORT: '4000' },
    });
    expect(await run.ended).toBe(0);
    expect(run.said()).toContain('\nPORT=4000  # environment\n');
    expect(run.said()).toContain('\nREDIS_URL=redis://…@r:1  # flag --redis\n');
    expect(run.said()).toContain(`\nWEBHOOK_SECRETS=…  # file ${file}\n`);
    expect(run.said()).not.toContain('hunter2');
  });

  it('exits 2 with every mistake, and nothing else', async () => {
    const run = runFile('src/cli/jobwright.ts', {
      args: ['config', '--workers', 'many'],
      environment: { REDIS_URL: 'redis://:hunter2@r:1', REDIS_URL_FILE: '/nowhere' },
    });
    expect(await run.ended).toBe(2);
    expect(run.said()).toBe(
      'REDIS_URL, REDIS_URL_FILE: expected one of the two, got both\n--workers: expected a whole number from 1 to 1000, got "many"\n',
    );
  });
});

describe('a secret in a file', () => {
  it('is what the file holds, without the space around it; a flag overrides it', async () => {
    const file = await secretFile('redis-url', '\n redis://r:1 \n');
    expect(configText({}, { REDIS_URL_FILE: file })).toContain('REDIS_URL=redis://r:1  #');
    const flags = { redisUrl: { flag: '--redis', value: 'redis://r:2' } };
    expect(configText(flags, { REDIS_URL_FILE: file })).toContain('REDIS_URL=redis://r:2  # flag --redis');
    for (const { environment } of serversOf(import.meta.url, flags))
      expect(environment).toMatchObject({ REDIS_URL: 'redis://r:2', REDIS_URL_FILE: '' });
  });

  it('is wrong under the name of the variable that names the file, and not repeated', async () => {
    const file = await secretFile('secrets', 'whsec_tooshort');
    const read = () => configText({}, { WEBHOOK_SECRETS_FILE: file });
    expect(read).toThrow(/^WEBHOOK_SECRETS_FILE: expected whsec_ .*, got something else$/);
  });

  it('cannot be given where the file cannot be read, or is empty', async () => {
    const empty = await secretFile('empty', ' \n');
    const folder = join(await temporaryFolder(), 'folder');
    await mkdir(folder);
    expect(() => configText({}, { REDIS_URL_FILE: '/nowhere/at-all', WEBHOOK_SECRETS_FILE: folder })).toThrow(
      `REDIS_URL_FILE: expected a file that can be read, got "/nowhere/at-all" (ENOENT)\nWEBHOOK_SECRETS_FILE: expected a file that can be read, got ${JSON.stringify(folder)} (EISDIR)`,
    );
    expect(() => configText({}, { REDIS_URL_FILE: empty })).toThrow(
      `REDIS_URL_FILE: expected a file with the value, got ${JSON.stringify(empty)}, which is empty`,
    );
  });

  it('is for secrets only: of other settings such a variable means nothing', () => {
    expect(configText({}, { PORT_FILE: '/nowhere' })).toContain('PORT=3000  # default');
  });
});
