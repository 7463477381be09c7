/** Which Redis a process uses: the configured one, or the private one that runs on its data folder. */
import { type Config, ConfigError, redisUrlOf } from '../../config.js';
import { redisUrlForms } from '../../redis-url.js';
import { answers, readRunning } from './running-redis.js';

/**
 * @throws ConfigError in production where no URL is configured, and elsewhere where no private Redis runs
 * @example
 * const url = await resolveRedisUrl(loadConfig()); // redis://127.0.0.1:6379, or unix://…/data/redis/redis.sock
 */
export async function resolveRedisUrl(config: Config): Promise<string> {
  const configured = requireInProduction(config);
  if (configured !== undefined) return configured;
  const note = await readRunning(config.dataDir);
  if (note !== undefined && (await answers(note.socketPath, new URL(note.url).password))) return note.url;
  throw new ConfigError(
    `REDIS_URL: expected ${redisUrlForms}, got nothing, and no private Redis runs on ${config.dataDir}.
Start everything with \`npm start\` (a worker started after that joins its Redis), or set REDIS_URL.`,
  );
}

/** The configured URL, if any. @throws ConfigError in production where there is none */
export function requireInProduction(config: Config): string | undefined {
  const configured = redisUrlOf(config);
  if (configured === undefined && config.nodeEnv === 'production')
    throw new ConfigError(
      `REDIS_URL: expected ${redisUrlForms} (or REDIS_HOST and REDIS_PORT), got nothing. In production no private Redis is started.`,
    );
  return configured;
}
