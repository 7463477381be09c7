/** The process's log: one JSON line a fact, or pretty on a terminal. What may let somebody in is not in it. */
import { type Logger, pino } from 'pino';
import type { Config } from './config.js';
import { logSecrets } from './log-secrets.js';
import { traceFacts } from './tracing/tracing.js';

export type { Logger };

/** @param name `api` or `worker`, on every line. */
export function createLogger(config: Config, name: string): Logger {
  const { errorFacts, withoutSecrets } = logSecrets(config);
  return pino({
    name,
    level: config.logLevel,
    mixin: traceFacts,
    formatters: { log: withoutSecrets },
    serializers: { err: errorFacts },
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

/** Reports the first of many errors in a row: a connection that fails says so many times a second. */
export function oncePerMinute(report: (error: Error) => void): (error: Error) => void {
  let quietUntilMs = 0;
  return (error) => {
    if (Date.now() < quietUntilMs) return;
    quietUntilMs = Date.now() + 60_000;
    report(error);
  };
}
