/**
 * The client of the two trials beside it: sees an API server become ready, runs a job of each kind that needs something
 * of its surroundings (a thread; libvips and the file store; TypeScript compiled at run time), and says what came out.
 *
 *     node deploy/try-jobs.mjs http://127.0.0.1:3000 http://127.0.0.1:9090
 */
import { argv, exit } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a server may take to become ready, in milliseconds. */
const readyMsMax = 30_000;
const [api, worker] = argv.slice(2);
const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAEklEQVQImWM44KBwwEGBAUIBACIOBIG2L6QDAAAAAElFTkSuQmCC';

const jobs = [
  [
    'calculation',
    { operation: 'fibonacci', n: 90 },
    ({ value }) => String(value).startsWith('2880067194370816'),
  ],
  [
    'file_processing',
    { source: { dataUri: pixel }, operations: [{ operation: 'resize', width: 8, height: 8 }] },
    ({ outputs }) => outputs[0].width === 8,
  ],
  ['tree_growth', undefined, () => true],
  ['greeting', { name: 'Ada' }, ({ text }) => text === 'Hello, Ada!'],
];

await Promise.all([api, worker].map((server) => ready(`${server}/readyz`)));
let failed = 0;
for (const [type, payload, isRight] of jobs) {
  const contract = await fetch(`${api}/api/types/${type}`);
  if (contract.status === 404) {
    console.log(`skipped  ${type}: not served here`);
    continue;
  }
  const { examples } = await contract.json();
  const answer = await fetch(`${api}/api/jobs`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Prefer: 'wait=30' },
    body: JSON.stringify({ type, payload: payload ?? examples[0].payload }),
  });
  const job = await answer.json();
  const right = job.status === 'completed' && isRight(job.result);
  if (!right) failed += 1;
  console.log(`${right ? 'passed ' : 'FAILED '}  ${type}: ${right ? job.id : JSON.stringify(job)}`);
}
exit(failed === 0 ? 0 : 1);

async function ready(url) {
  for (const startMs = performance.now(); performance.now() - startMs < readyMsMax; await pause(100)) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return console.log(`passed   ready: ${url}`);
  }
  console.error(`FAILED   not ready within ${readyMsMax} ms: ${url}`);
  exit(1);
}
