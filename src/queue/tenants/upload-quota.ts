/** The bytes that a tenant may upload in a day, counted in Redis for all API servers. */
import type { QueueAccess } from '../queue-access.js';
import { Script } from '../script.js';

const dayMs = 86_400_000;

export class UploadQuota {
  readonly #access: QueueAccess;
  readonly #bytesMax: number;
  readonly #key: string;

  /** Of the day that it is now. */
  constructor(access: QueueAccess, tenant: string, bytesMax: number) {
    this.#access = access;
    this.#bytesMax = bytesMax;
    this.#key = access.keys.of(tenant).uploaded(new Date(access.now()).toISOString().slice(0, 10));
  }

  /** Until the next day, in seconds. */
  get secondsLeft(): number {
    return Math.ceil((dayMs - (this.#access.now() % dayMs)) / 1_000);
  }

  /** @returns As many as were asked for, or 0 where there are fewer left. @throws Failure `queue_unavailable` */
  take(bytes: number): Promise<number> {
    return this.#take(bytes, { all: true });
  }

  /** @returns As many of them as are left. @throws Failure `queue_unavailable` */
  takeUpTo(bytes: number): Promise<number> {
    return this.#take(bytes, { all: false });
  }

  /** What does not get through is lost until the day is over. */
  async giveBack(bytes: number): Promise<void> {
    const { connection } = this.#access;
    if (bytes > 0) await this.#access.ask(() => connection.decrby(this.#key, bytes)).catch(() => {});
  }

  async #take(bytes: number, { all }: { all: boolean }): Promise<number> {
    const { connection } = this.#access;
    const args = [Math.max(1, bytes), this.#bytesMax, all ? 1 : 0, 2 * dayMs];
    return Number(await this.#access.ask(() => take.run(connection, [this.#key], args)));
  }
}

/** KEYS bytes of the day. ARGV how many more, limit, all or nothing, how long it is kept (ms). Returns how many. */
const take = new Script(
  'take_upload',
  `local left = tonumber(ARGV[2]) - tonumber(redis.call('GET', KEYS[1]) or 0)
  local wanted = tonumber(ARGV[1])
  if left <= 0 or (ARGV[3] == '1' and wanted > left) then return 0 end
  local granted = math.min(wanted, left)
  redis.call('INCRBY', KEYS[1], string.format('%.0f', granted))
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  return granted`,
);
