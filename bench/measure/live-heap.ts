/**
 * What a process holds on to, when its garbage has been collected: the heap and the buffers beside it. Asked through
 * Node's inspector, so the process must run with `inspectFlag`. Resident memory alone does not tell a leak from garbage
 * that V8 has had no reason to collect yet.
 */
import { once } from 'node:events';
import { WebSocket } from 'undici';

/** A port that is free, on loopback only. */
export const inspectFlag = '--inspect=127.0.0.1:0';

const expression = '(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())';

/** @param said What the process has written: its inspector tells its address there. */
export async function liveHeapBytes(said: string): Promise<number> {
  const [, address] = /Debugger listening on (ws:\S+)/.exec(said) ?? [];
  if (address === undefined) throw new Error('this process has no inspector');
  const socket = new WebSocket(address);
  try {
    await once(socket, 'open');
    let calls = 0;
    const call = async (method: string, params = {}): Promise<unknown> => {
      calls += 1;
      const answer = once(socket, 'message') as Promise<[{ data: string }]>;
      socket.send(JSON.stringify({ id: calls, method, params }));
      return JSON.parse((await answer)[0].data);
    };
    // What the first one frees may hold more, by finalizers.
    await call('HeapProfiler.collectGarbage');
    await call('HeapProfiler.collectGarbage');
    const { result } = (await call('Runtime.evaluate', { expression, returnByValue: true })) as {
      result: { result: { value: number } };
    };
    return result.result.value;
  } finally {
    socket.close();
  }
}
