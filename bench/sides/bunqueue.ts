/**
 * bunqueue, as its own command starts it: HTTP in front, SQLite in a file behind. By default it answers before a job is on
 * disk, and writes every few milliseconds; that is what is measured. Only where `bench/peers/install` was run.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningChild, startChild } from '../processes.js';
import { type OpenSide, post, type Side } from './side.js';

const peers = fileURLToPath(new URL('../peers', import.meta.url));
const bun = join(peers, 'node_modules/bun/bin/bun.exe');
const command = join(peers, 'node_modules/bunqueue/dist/cli/index.js');
const template = '{"name":"sum","data":{"operation":"sum","numbers":[#,2]},"attempts":3}';
/** Jobs of one request when many are put in. */
const batchSize = 1_000;

export const bunqueueIsInstalled = (): boolean => existsSync(bun) && existsSync(command);

export const bunqueue: Side = {
  name: 'bunqueue',
  async open({ folder, workers }): Promise<OpenSide> {
    const own = join(folder, 'bunqueue');
    await mkdir(own, { recursive: true });
    const [tcpPort, httpPort] = [await freePort(), await freePort()];
    const origin = `http://127.0.0.1:${httpPort}`;
    const queue = `${origin}/queues/jobs`;
    const ports = ['--tcp-port', String(tcpPort), '--http-port', String(httpPort), '--host', '127.0.0.1'];
    const server = await startChild({
      name: 'server',
      folder: own,
      program: bun,
      args: [command, 'start', ...ports, '--data-path', join(own, 'queue.db')],
      environment: { RATE_LIMIT_MAX_REQUESTS: '1000000000', NODE_ENV: 'production' },
      probe: `${origin}/health`,
    });
    const children: RunningChild[] = [server];
    const pids: OpenSide['pids'] = { api: server.pid };
    if (workers !== undefined) {
      const args = [join(peers, 'bunqueue-worker.mjs'), String(tcpPort), String(workers)];
      const worker = await startChild({ name: 'worker', folder: own, program: bun, args });
      children.push(worker);
      pids.worker = worker.pid;
    }
    let filled = 0;
    const one = () => {
      filled += 1;
      return template.replace('#', `-${filled}`);
    };
    return {
      origin,
      pids,
      submission: (jobs) =>
        jobs === undefined
          ? { origin, method: 'POST', paths: ['/queues/jobs/jobs'], body: { template }, status: 200 }
          : undefined,
      async submitOne() {
        const { id } = (await post(`${queue}/jobs`, one())) as { id: string };
        return `/jobs/${id}`;
      },
      async fill(count) {
        for (let left = count; left > 0; left -= batchSize)
          await post(
            `${queue}/jobs/bulk`,
            `{"jobs":[${Array.from({ length: Math.min(batchSize, left) }, one)}]}`,
          );
      },
      async finished() {
        const { counts } = (await (await fetch(`${queue}/counts`)).json()) as {
          counts: { completed: number };
        };
        return counts.completed;
      },
      storedBytes: async () => 0,
      async empty() {
        await post(`${queue}/obliterate`, '{"force":true}');
      },
      async close() {
        for (const child of children.reverse()) await child.stop();
      },
    };
  },
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
