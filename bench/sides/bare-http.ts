/** HTTP and JSON, nothing behind it. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../processes.js';
import { jobTemplate, type Side } from './side.js';

export const bareHttp: Side = {
  name: 'bare HTTP',
  async open({ folder, type }) {
    const own = join(folder, 'bare-http');
    await mkdir(own, { recursive: true });
    const server = await startChild({ name: 'api', folder: own, args: ['bench/baseline/bare-http.mjs'] });
    return {
      origin: server.url,
      pids: { api: server.pid },
      submission: (jobs) =>
        jobs === undefined
          ? {
              origin: server.url,
              method: 'POST',
              paths: ['/api/jobs'],
              body: { template: jobTemplate(type) },
              status: 202,
            }
          : undefined,
      submitOne: async () => '/api/jobs/1',
      fill: async () => {},
      finished: async () => 0,
      storedBytes: async () => 0,
      empty: async () => {},
      close: () => server.stop(),
    };
  },
};
