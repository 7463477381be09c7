/**
 * The Dockerfile, held against what there is without an engine: a linter, the files that it copies, the commands that it
 * runs, and the trial that does the same without containers.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.js';
import { loadConfig } from '../../src/config.js';
import { stagesOf } from '../support/dockerfile.js';
import { durationMs, unknownSettings } from '../support/manifests.js';
import { readText, root } from '../support/markdown.js';

const text = readText('Dockerfile');
const stages = stagesOf(text);
const runtime = stages.get('runtime') ?? [];
const only = (name: string) => {
  const found = runtime.filter((instruction) => instruction.name === name);
  expect(found.map((instruction) => instruction.name)).toEqual([name]);
  return found[0]?.text ?? '';
};
const environment: Record<string, string> = Object.fromEntries(
  only('ENV')
    .split(/\s+/)
    .map((pair) => pair.split('=') as [string, string]),
);

describe('Dockerfile', () => {
  it('passes the linter', () => {
    expect(validate(text)).toEqual([]);
  });

  it('copies only what is there and what .dockerignore lets through', () => {
    const ignored = readText('.dockerignore').split('\n');
    const copied = [...stages.values()]
      .flat()
      .filter(({ name, flags }) => name === 'COPY' && flags.length === 0)
      .flatMap(({ text }) => text.split(' ').slice(0, -1));
    expect(copied).toContain('src');
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(ignored.filter((line) => line.startsWith('!')).sort()).toEqual(
      [...new Set(copied)].map((path) => `!${path}`).sort(),
    );
  });

  it('installs and builds as the trial without containers does', () => {
    const trial = readText('deploy/try-without-containers.mjs');
    const commands = ['build', 'production'].flatMap((stage) =>
      (stages.get(stage) ?? []).filter(({ name }) => name === 'RUN').map(({ text }) => text),
    );
    expect(commands).toHaveLength(3);
    for (const command of commands) expect(trial).toContain(`command('${command}'`);
  });

  it('takes no development packages and no sources into the image', () => {
    const from = runtime.filter(({ name, flags }) => name === 'COPY' && flags.length > 0);
    expect(from.map(({ flags, text }) => [...flags, text].join(' '))).toEqual([
      '--from=production /app/node_modules ./node_modules',
      '--from=build /app/dist ./dist',
    ]);
    expect(stages.get('production')?.find(({ name }) => name === 'RUN')?.text).toContain('--omit=dev');
  });

  it('runs node itself, with a server that exists, as a user with a number that is not root', () => {
    const [program, ...args]: string[] = JSON.parse(only('ENTRYPOINT'));
    const files = args.filter((argument) => !argument.startsWith('-'));
    expect(program).toBe('node');
    expect(files).toContain('/app/dist/cli/jobwright.js');
    for (const file of files) expect(existsSync(join(root, sourceOf(file))), file).toBe(true);
    const line = readCommandLine(JSON.parse(only('CMD')), { ...environment, REDIS_URL: 'redis://redis' });
    expect(line).toMatchObject({ kind: 'run', role: 'api' });
    expect(only('USER')).toBe('1000:1000');
    expect(only('STOPSIGNAL')).toBe('SIGTERM');
  });

  it('sets only settings that are there, exposes their ports, and owns the folder that they name', () => {
    expect(unknownSettings(Object.keys(environment))).toEqual([]);
    const config = loadConfig({}, environment);
    expect(config).toMatchObject({ nodeEnv: 'production', host: '0.0.0.0' });
    expect(only('EXPOSE').split(' ')).toEqual([String(config.port), config.metricsAddr?.split(':').at(-1)]);
    expect(JSON.parse(only('VOLUME'))).toEqual([config.dataDir]);
    expect(only('RUN')).toContain(config.dataDir);
  });

  it('has a health check that ends before it is ended', () => {
    const { flags, text } = runtime.find(({ name }) => name === 'HEALTHCHECK') ?? { flags: [], text: '' };
    const command: string[] = JSON.parse(text.replace(/^CMD /, ''));
    expect(existsSync(join(root, command[1]?.replace('/app/', '') ?? ''))).toBe(true);
    const [, ownMs] = /timeoutMs = ([\d_]+)/.exec(readText('deploy/healthcheck.mjs')) ?? [];
    const timeout = flags.find((flag) => flag.startsWith('--timeout='))?.split('=')[1] ?? '';
    expect(Number(ownMs?.replace('_', ''))).toBeLessThan(durationMs(timeout));
  });
});

const sourceOf = (file: string) => file.replace('/app/dist/', 'src/').replace(/\.js$/, '.ts');
