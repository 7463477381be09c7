/** The process's log: one JSON line a fact, or pretty on a terminal. */
import { type Logger, pino } from 'pino';
import type { Config } from './config.js';

export type { Logger };

/** @param name `api` or `worker`, on every line. */
export function createLogger(config: Config, name: string): Logger {
  return pino({
    name,
    level: config.logLevel,
    ...(process.stdout.isTTY
      ? {
          transport: {
            target: 'pino-pretty',
            options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' },
          },
        }
      : {}),
  });
}
