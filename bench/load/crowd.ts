/**
 * Many clients that only hold on, in a process of their own: streams of events, and requests that wait for a job. It is told
 * which paths to ask for, and says when all streams have begun and all waiting requests are sent.
 */
import { Agent, request } from 'node:http';

export interface CrowdOrder {
  origin: string;
  /** Each is a stream of events: its answer begins at once. */
  streams: readonly string[];
  /** Each waits: its answer begins when the job ends. */
  waits: readonly string[];
}

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });

process.on('message', async ({ origin, streams, waits }: CrowdOrder) => {
  try {
    for (const path of streams) await begin(`${origin}${path}`, { accept: 'text/event-stream' }, 'response');
    for (const path of waits) await begin(`${origin}${path}`, { prefer: 'wait=600' }, 'finish');
    process.send?.({ holding: streams.length + waits.length });
  } catch (error) {
    process.send?.({ holding: 0, failure: String(error) });
  }
});
process.once('disconnect', () => process.exit(0));
process.send?.({ kind: 'ready' });

function begin(url: string, headers: Record<string, string>, when: 'response' | 'finish'): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = request(url, { agent, headers });
    client.once('error', reject);
    client.once('response', (response) => {
      response.resume();
      if (when === 'response' && response.statusCode !== 200)
        reject(new Error(`${url}: ${response.statusCode}`));
    });
    client.once(when, () => resolve());
    client.end();
  });
}
