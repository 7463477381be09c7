import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyCommand } from '../../src/cli/key-command.js';
import { readKeyEntries } from '../../src/models/access.js';
import { runFile } from '../support/processes.js';

function run(...args: string[]) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = keyCommand(args, {
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
    now: () => Date.parse('2026-11-24T12:00:00.000Z'),
  });
  return { code, printed: printed.join('\n'), complaints };
}

describe('jobwright key create', () => {
  it('prints a key and the entry that knows it', () => {
    const flags = [
      '--tenant',
      'acme',
      '--scopes',
      'submit,read',
      '--types',
      'calculation',
      '--id',
      'ci',
      '--days',
      '30',
    ];
    const { code, printed } = run('create', ...flags);
    expect(code).toBe(0);
    const [key = ''] = /jw_ci_[A-Za-z0-9_-]{43}/.exec(printed) ?? [];
    const [entry = ''] = /\{.*\}/.exec(printed) ?? [];
    expect(JSON.parse(entry)).toEqual({
      id: 'ci',
      tenant: 'acme',
      scopes: ['submit', 'read'],
      types: ['calculation'],
      sha256: createHash('sha256').update(key).digest('hex'),
      expiresAt: '2026-12-24T12:00:00.000Z',
    });
    expect(readKeyEntries(`[${entry}]`)).toEqual({ entries: [JSON.parse(entry)] });
    expect(entry).not.toContain(key);
  });

  it('makes another key each time', () => {
    const keys = new Set(
      Array.from(
        { length: 20 },
        () => /jw_\S+/.exec(run('create', '--tenant', 'a', '--scopes', 'read').printed)?.[0],
      ),
    );
    expect(keys.size).toBe(20);
  });

  it.each([
    [['create'], ['--tenant: expected the name of a tenant', expect.stringContaining('--scopes: ')]],
    [
      ['create', '--tenant', 'Acme Inc', '--scopes', 'read'],
      [expect.stringMatching(/^--tenant: expected up to 63/)],
    ],
    [
      ['create', '--tenant', 'acme', '--scopes', 'write'],
      [expect.stringContaining('submit, read, operate, admin')],
    ],
    [['create', '--tenant', 'acme', '--scopes', 'read', '--id', 'a_b'], [expect.stringMatching(/^--id: /)]],
    [
      ['create', '--tenant', 'acme', '--scopes', 'read', '--days', '0'],
      ['--days: expected a number of days'],
    ],
    [['make'], [expect.stringContaining('expected create')]],
    [['create', '--owner', 'acme'], [expect.stringContaining('--owner')]],
  ])('refuses %j', (args, expected) => {
    const { code, complaints, printed } = run(...args);
    expect(code).toBe(2);
    expect(complaints).toEqual(expected);
    expect(printed).toBe('');
  });

  it('is a command of jobwright, with a help of its own', async () => {
    for (const args of [['key'], ['key', '--help']]) {
      const command = runFile('src/cli/jobwright.ts', { args });
      expect(await command.ended).toBe(0);
      expect(command.said()).toContain('Usage: jobwright key create');
    }
  });
});
