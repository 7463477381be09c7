/**
 * How Redis is: whether it answers, asked each time, and what it tells of itself, asked again after a while and when
 * the connection was made anew, for it may be another server then.
 */
import type { RedisFlaw } from '../models/health.js';
import { parseRedisUrl } from '../redis-url.js';
import { answered, type Connection } from './connection.js';
import { disablingFlaws, type RedisFacts, redisFacts, redisFlaws } from './redis-facts.js';

/** What Redis tells of itself is asked again when it is older, in milliseconds. */
const factsMs = 10_000;

export interface RedisCheckOptions {
  connection: Connection;
  url: string;
  /** Any key of ours. */
  key: string;
  /** For each answer. */
  timeoutMs: number;
  /** Whether one that may lose jobs will do. */
  unsafe: 'warn' | 'refuse';
  now: () => number;
  /** Called when something new is wrong with it. */
  onFlaws: (flaws: { code: RedisFlaw; detail: string }[]) => void;
}

export interface RedisReport extends Omit<RedisFacts, 'flaws' | 'unknown'> {
  status: 'up' | 'down';
  latencyMs?: number;
  /** Why it is down. */
  reason?: string;
  flaws?: { code: RedisFlaw; detail: string }[];
  unknown?: string[];
}

export class RedisCheck {
  readonly #options: RedisCheckOptions;
  #facts: Promise<RedisFacts> | undefined;
  #askedMs = 0;
  #told = '';

  constructor(options: RedisCheckOptions) {
    this.#options = options;
    const { connection } = options;
    const begin = () => {
      this.#facts = undefined;
      void this.look();
    };
    connection.on('ready', begin);
    if (connection.status === 'ready') begin();
  }

  /** Never fails, and never waits long. */
  async look(): Promise<RedisReport> {
    const { connection, key, timeoutMs, unsafe } = this.#options;
    // A connection that has patience would wait with the question.
    if (connection.status !== 'ready') return { status: 'down', reason: 'There is no connection to Redis.' };
    try {
      const startMs = performance.now();
      // Of a key of ours: a cluster that is up may have lost its slot, and a user may have no right to it.
      const refusal = await answered(timeoutMs, () => connection.exists(key)).then(
        () => undefined,
        refusalIn,
      );
      const latencyMs = Math.round((performance.now() - startMs) * 100) / 100;
      const { flaws, unknown, ...facts } = await answered(timeoutMs, () => this.#factsNow());
      const listed = flaws.map((code) => ({ code, detail: redisFlaws[code] }));
      const against = [
        ...listed
          .filter(({ code }) => unsafe === 'refuse' || disablingFlaws.has(code))
          .map(({ detail }) => detail),
        ...(refusal === undefined ? [] : [refusal]),
      ];
      return {
        status: against.length === 0 ? 'up' : 'down',
        latencyMs,
        ...(against.length === 0 ? {} : { reason: against.join(' ') }),
        ...facts,
        ...(listed.length === 0 ? {} : { flaws: listed }),
        ...(unknown.length === 0 ? {} : { unknown }),
      };
    } catch {
      return { status: 'down', reason: `Redis does not answer within ${timeoutMs} ms.` };
    }
  }

  #factsNow(): Promise<RedisFacts> {
    const { now } = this.#options;
    if (this.#facts === undefined || now() - this.#askedMs >= factsMs) {
      this.#askedMs = now();
      const facts = this.#ask();
      this.#facts = facts;
      // Whoever asked hears of it; the next one asks again.
      facts.catch(() => {
        if (this.#facts === facts) this.#facts = undefined;
      });
    }
    return this.#facts;
  }

  async #ask(): Promise<RedisFacts> {
    const { connection, url, onFlaws } = this.#options;
    const [info, save, appendfsync] = await Promise.all([
      unlessForbidden(connection.info()),
      unlessForbidden(connection.config('GET', 'save')),
      unlessForbidden(connection.config('GET', 'appendfsync')),
    ]);
    const answers = { info, save: settingIn(save), appendfsync: settingIn(appendfsync) };
    const facts = redisFacts(answers, parseRedisUrl(url).kind === 'cluster');
    const told = facts.flaws.join();
    if (told !== this.#told && told !== '')
      onFlaws(facts.flaws.map((code) => ({ code, detail: redisFlaws[code] })));
    this.#told = told;
    return facts;
  }
}

/** By its first word, which is a code: `CLUSTERDOWN`, `NOPERM`, `MOVED`. Throws what is no answer of Redis. */
function refusalIn(error: Error): string {
  const [, code] = (error.cause instanceof Error && /^([A-Z]{3,})\b/.exec(error.cause.message)) || [];
  if (code === undefined) throw error;
  return `Redis refuses (${code}).`;
}

/** A user may not be allowed to ask, and a service may not know the question. */
const unlessForbidden = <Answer>(asked: Promise<Answer>): Promise<Answer | undefined> =>
  asked.catch((error: Error) => {
    if (/^(NOPERM|ERR)\b/.test(error.message)) return undefined;
    throw error;
  });

/** Of `CONFIG GET`, which answers the name and the value. */
const settingIn = (answer: unknown): string | undefined => (Array.isArray(answer) ? answer[1] : undefined);
