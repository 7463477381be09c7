/** The failed attempts of a job, each as it ended: what the job itself shows is only the last. */
import type { FailedAttempt } from '../../models/failed-attempt.js';
import { prefixOf } from '../../models/type-id.js';
import type { Connection } from '../connection.js';
import { type OwnKeys, queueKeys } from '../keys.js';
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';

/** Of each job, the latest. */
const attemptsKept = 100;

/** Of a job that is still there. KEYS job, attempts. ARGV attempt, how many are kept. */
const note = new Script(
  'note_failed_attempt',
  `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  redis.call('RPUSH', KEYS[2], ARGV[1])
  redis.call('LTRIM', KEYS[2], -tonumber(ARGV[2]), -1)
  return 1`,
);

export async function noteFailedAttempt(
  { connection, prefix, keys }: { connection: Connection; prefix: string; keys: OwnKeys },
  jobId: string,
  attempt: FailedAttempt,
): Promise<void> {
  const job = queueKeys(prefix, prefixOf(jobId) ?? '').job(jobId);
  await note.run(connection, [job, keys.attempts(jobId)], [JSON.stringify(attempt), attemptsKept]);
}

/** In their order. @throws Failure `queue_unavailable` */
export async function failedAttempts(access: QueueAccess, jobId: string): Promise<FailedAttempt[]> {
  const { connection, keys } = access;
  const lines = await access.ask(() => connection.lrange(keys.attempts(jobId), 0, -1));
  return lines.map((line) => JSON.parse(line) as FailedAttempt);
}
