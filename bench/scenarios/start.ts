/** From starting the process of the API server to its first accepted job, and its memory then, against bare Express. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { residentBytes } from '../measure/processor-time.js';
import { inRounds } from '../measure/rounds.js';
import { type StartOptions, startChild } from '../processes.js';
import type { Comparison, Sample, Scenario } from '../scenario.js';
import { apiOf } from '../sides/jobwright.js';
import { jobTemplate, startSideRedis } from '../sides/side.js';

const acceptMsMax = 10_000;

export const start: Scenario = {
  name: 'start',
  async run(bench) {
    const folder = join(bench.folder, 'start');
    await mkdir(folder, { recursive: true });
    const redis = await startSideRedis(folder);
    try {
      bench.say('Start of the API server until its first accepted job');
      const environment = { NODE_ENV: 'production' };
      const programs = new Map<string, StartOptions>([
        ['jobwright', apiOf({ folder, redisUrl: redis.url })],
        [
          'naive',
          {
            name: 'naive',
            folder,
            args: ['bench/baseline/naive-api.mjs', JSON.stringify(redis.options)],
            environment,
          },
        ],
        ['bare Express', { name: 'express', folder, args: ['bench/baseline/bare-express.mjs'], environment }],
      ]);
      const memory: Comparison['samples'] = {};
      const body = jobTemplate('calculation').replace('#', '1');
      const samples = await inRounds(bench, programs, async (program, name): Promise<Sample> => {
        const startMs = performance.now();
        const server = await startChild(program);
        try {
          await untilAccepted(`${server.url}/api/jobs`, body);
          const value = performance.now() - startMs;
          const bytes = await residentBytes(server.pid);
          memory[name] = [...(memory[name] ?? []), { value: bytes / 2 ** 20 }].slice(-bench.options.rounds);
          return { value };
        } finally {
          await server.stop();
        }
      });
      return [
        {
          title: 'Start of the API server until its first accepted job',
          unit: 'ms',
          operation: 'start',
          samples,
          targets: [{ against: 'bare Express', of: 'value', atMost: 2 }],
        },
        {
          title: 'Memory of the API server after its first job',
          unit: 'MiB',
          operation: 'start',
          samples: memory,
          targets: [],
        },
      ];
    } finally {
      await redis.stop();
    }
  },
};

/** A server that listens may not have its Redis yet, and answers 503: a client would ask again, and so do we. */
async function untilAccepted(url: string, body: string): Promise<void> {
  const deadlineMs = performance.now() + acceptMsMax;
  for (;;) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const answer = await response.text();
    if (response.status === 202) return;
    if (response.status !== 503 || performance.now() > deadlineMs)
      throw new Error(`POST ${url}: ${response.status} ${answer}`);
    await pause(2);
  }
}
