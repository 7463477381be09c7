/** A server's event log of a test's own, on a key prefix. */
import { onTestFinished } from 'vitest';
import type { JobEventFacts } from '../../src/models/job-event.js';
import { typeId, uuidV7 } from '../../src/models/type-id.js';
import { type Connection, connectPatiently } from '../../src/queue/connection.js';
import { EventLog } from '../../src/queue/events/event-log.js';
import { ownKeys } from '../../src/queue/keys.js';
import { testRedisUrl } from './redis.js';

/** A connection that is closed at the end of the test. */
export function testConnection(url = testRedisUrl()): Connection {
  const connection = connectPatiently(url);
  connection.on('error', () => {});
  onTestFinished(() => connection.disconnect());
  return connection;
}

export interface TestEvents {
  log: EventLog;
  connection: Connection;
  errors: Error[];
  /** Says it, and resolves when it is told. */
  tell(...facts: JobEventFacts[]): Promise<void>;
}

export function testEvents(prefix: string, length = 10_000, connection = testConnection()): TestEvents {
  const errors: Error[] = [];
  const log = new EventLog({
    connection,
    keys: ownKeys(prefix),
    now: Date.now,
    length,
    onError: (error) => errors.push(error),
  });
  return {
    log,
    connection,
    errors,
    async tell(...facts) {
      for (const fact of facts) log.emit(fact);
      await log.flush();
    },
  };
}

let made = 0;

/** A fresh id. */
export const testJobId = (type = 'calculation'): string =>
  typeId(type, uuidV7(Date.now(), Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, made >> 8, made++ & 255])));
