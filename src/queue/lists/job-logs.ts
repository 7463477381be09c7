/** What a processor logged: BullMQ's list of a job's lines, each written as `<ISO time> <attempt> <message>`. */
import type { LogLine, LogPage } from '../../models/job-logs.js';
import { prefixOf } from '../../models/type-id.js';
import { answered, answersOf, type Connection } from '../connection.js';
import { queueKeys } from '../keys.js';

export class JobLogs {
  readonly #options: { connection: Connection; prefix: string; timeoutMs: number };

  constructor(options: { connection: Connection; prefix: string; timeoutMs: number }) {
    this.#options = options;
  }

  /**
   * @param from Index of the first line.
   * @param limit Lines at the most.
   * @throws Failure `queue_unavailable`
   */
  async read(jobId: string, from: number, limit: number): Promise<LogPage> {
    const { connection, prefix, timeoutMs } = this.#options;
    const key = queueKeys(prefix, prefixOf(jobId) ?? '').logs(jobId);
    return answered(timeoutMs, async () => {
      const commands = connection.pipeline().lrange(key, from, from + limit - 1);
      const [lines, length] = await answersOf(commands.llen(key));
      const texts = lines as string[];
      return { lines: texts.map((text, place) => logLineOf(text, from + place)), total: Number(length) };
    });
  }
}

/** A line of another form, from another tool or an older version, is a message. */
export function logLineOf(text: string, index: number): LogLine {
  const [, at, attempt, message] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) ([1-9]\d{0,5}) (.*)$/s.exec(text) ?? [];
  if (at === undefined || message === undefined) return { index, message: text };
  return { index, at, attempt: Number(attempt), message };
}
