/** The process's log: one JSON line a fact, or pretty on a terminal. What may let somebody in is not in it. */
import { type Logger, type LoggerOptions, pino } from 'pino';
import type { Config } from './config.js';
import { gatheredLines } from './log-lines.js';
import { logSecrets } from './log-secrets.js';
import { traceFacts } from './tracing/tracing.js';

export type { Logger };

/** @param name `api` or `worker`, on every line. */
export function createLogger(config: Config, name: string): Logger {
  const { errorFacts, withoutSecrets } = logSecrets(config);
  const options: LoggerOptions = {
    name,
    level: config.logLevel,
    mixin: traceFacts,
    formatters: { log: withoutSecrets },
    serializers: { err: errorFacts },
  };
  if (!process.stdout.isTTY) return pino(options, gatheredLines(1));
  const target = 'pino-pretty';
  const transport = { target, options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' } };
  return pino({ ...options, transport });
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
