import { describe, expect, it } from 'vitest';
import { helpText, readCommandLine } from '../../src/cli/command-line.js';
import { runFile } from '../support/processes.js';

const read = (...args: string[]) => readCommandLine(args, { PORT: '4000', WORKERS: '7' });

describe('readCommandLine', () => {
  it('runs everything where nothing is said, with the settings of the environment', () => {
    expect(read()).toMatchObject({ kind: 'run', role: 'all', config: { port: 4000, workers: 7 } });
  });

  it('lets flags override the environment', () => {
    const line = read(
      ...['--role', 'worker', '--redis=redis://r:1', '--workers', '9', '--metrics-addr', ':9090', '--port=0'],
    );
    expect(line).toMatchObject({
      role: 'worker',
      config: { redisUrl: 'redis://r:1', workers: 9, metricsAddr: ':9090', port: 0 },
      flags: { workers: { flag: '--workers', value: '9' } },
    });
  });

  it('takes what a worker serves', () => {
    const line = read('--lanes', 'short', '--types=calculation', '--concurrency', 'calculation=2');
    expect(line).toMatchObject({
      config: { lanes: ['short'], types: ['calculation'], typeConcurrency: new Map([['calculation', 2]]) },
    });
  });

  it.each([
    [['--role', 'both'], '--role: expected api, worker or all, got "both"'],
    [['--role'], '--role: expected api, worker or all, got nothing'],
    [['--workers', 'many'], '--workers: expected a whole number from 1 to 1000, got "many"'],
    [['--workers', '0'], '--workers: expected a whole number from 1 to 1000, got "0"'],
    [['--port', '70000'], '--port: expected a whole number from 0 to 65535, got "70000"'],
    [['--port', '--role', 'api'], '--port: expected a value (N), got nothing'],
    [
      ['--redis', 'localhost'],
      '--redis: expected redis://…, rediss://…, unix://…, redis-sentinel://… or redis-cluster://…, got "localhost"',
    ],
    [
      ['--metrics-addr', '9090'],
      '--metrics-addr: expected HOST:PORT, for example 127.0.0.1:9090, or none, got "9090"',
    ],
    [['--lanes', 'wide'], '--lanes: expected short, long or both, got "wide"'],
    [
      ['--concurrency', 'calculation'],
      '--concurrency: expected TYPE=N, separated by commas, with N from 1 to 1000, and "calculation" is not, got "calculation"',
    ],
    [['--prot', '3000'], '--prot: unknown flag, did you mean --port?; see --help'],
    [['--frobnicate'], '--frobnicate: unknown flag; see --help'],
    [['-x'], '-x: unknown flag; see --help'],
    [['start'], '"start": expected flags only; see --help'],
    [['--help=yes'], '--help: expected no value, got "yes"'],
  ])('refuses %j', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  it('names all mistakes at once, one a line', () => {
    expect(() => read('--role', 'x', '--workers', 'y', '--bogus')).toThrow(
      /^--role: .*\n--bogus: .*\n--workers: .*$/,
    );
  });

  it('knows --help and --version', () => {
    expect(read('--help')).toEqual({ kind: 'help' });
    expect(read('-h')).toEqual({ kind: 'help' });
    expect(read('--version')).toEqual({ kind: 'version' });
    for (const flag of ['--role', '--redis', '--workers', '--metrics-addr', '--port', '--help', '--version'])
      expect(helpText()).toContain(`\n  ${flag}`);
  });
});

describe('jobwright', () => {
  it('exits 2 on a wrong flag, with the message and nothing else', async () => {
    const run = runFile('src/cli/jobwright.ts', { args: ['--workers', 'many'] });
    expect(await run.ended).toBe(2);
    expect(run.said()).toBe('--workers: expected a whole number from 1 to 1000, got "many"\n');
  });

  it('prints its help and exits 0', async () => {
    const run = runFile('src/cli/jobwright.ts', { args: ['--help'] });
    expect(await run.ended).toBe(0);
    expect(run.said()).toContain('Usage: jobwright');
  });
});
