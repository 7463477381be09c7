import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { startApi } from '../support/api.js';

it('examples/client/follow-jobs.ts runs, and prints what docs/client.md says', async () => {
  const api = await startApi();
  onTestFinished(() => api.close());
  await api.startWorker();
  const program = ['--import', 'tsx', join('examples', 'client', 'follow-jobs.ts'), api.url];
  const { stdout } = await promisify(execFile)(execPath, program);
  expect(stdout.trimEnd().split('\n')).toEqual([
    'completed: the sum is 6',
    'followed to its end',
    'item 0: accepted',
    'item 1: accepted',
    'item 2: validation_failed',
    'validation_failed at /payload/numbers',
  ]);
}, 60_000);
