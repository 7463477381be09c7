/** Whether a server can do its work: each part it needs, and why that part is not ready. */
import type { FileStore } from './files/file-store.js';
import { isFailure } from './models/failure.js';
import type { ReadinessReport } from './models/health.js';
import type { RedisCheck } from './queue/redis-check.js';

export interface ReadinessParts {
  redis: RedisCheck;
  files: FileStore;
  /** Job types that the server has. */
  types: number;
  /** For the file store. */
  timeoutMs: number;
  now: () => number;
}

/** Whether files can be written is tried again when it is older, in milliseconds. */
const filesMs = 10_000;

export class Readiness {
  readonly #parts: ReadinessParts;
  #files: Promise<ReadinessReport['files']> | undefined;
  #triedMs = 0;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Never fails, and never waits long. */
  async look(): Promise<ReadinessReport> {
    const { types, now } = this.#parts;
    if (this.#files === undefined || now() - this.#triedMs >= filesMs) {
      this.#triedMs = now();
      this.#files = this.#tryFiles();
    }
    const [redis, files] = await Promise.all([this.#parts.redis.look(), this.#files]);
    const registry =
      types > 0
        ? ({ status: 'up', types } as const)
        : ({ status: 'down', reason: 'There is no job type.', types } as const);
    const isUp = [redis, files, registry].every(({ status }) => status === 'up');
    return { status: isUp ? 'up' : 'down', redis, files, registry };
  }

  async #tryFiles(): Promise<ReadinessReport['files']> {
    const { files, timeoutMs } = this.#parts;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, 'late');
    });
    try {
      if ((await Promise.race([files.check(), late])) !== 'late') return { status: 'up' };
      return { status: 'down', reason: `The file store does not answer within ${timeoutMs} ms.` };
    } catch (error) {
      // What the operating system says is for the log of whoever writes a file.
      return {
        status: 'down',
        reason: isFailure(error) ? error.detail : 'The file store cannot be written.',
      };
    } finally {
      clearTimeout(timer);
    }
  }
}
