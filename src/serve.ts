/**
 * What both servers share: the life of a process around one server. Configuration, the Redis it names, the
 * start, the word to a parent that it is ready, and the end: on SIGTERM, on Ctrl-C, when the parent is gone,
 * or on an error that nobody expected.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Config, ConfigError, type GivenFlags, loadConfig } from './config.js';
import { createLogger } from './log.js';
import { resolveRedisUrl } from './queue/private-redis/resolve-url.js';
import type { RunningServer } from './running-server.js';
import { onStopSignals } from './stop-signals.js';
import { startTracing } from './tracing/start-tracing.js';
import { resolveWebhookSecrets } from './webhook-secret.js';

export type Start = (config: Config, log: Logger) => Promise<RunningServer>;

/** What a server tells the process that started it. */
export interface ReadyMessage {
  kind: 'ready';
  url?: string;
}

/** Exit code of a process that was given something wrong: a flag, a setting. */
export const wrongUsage = 2;

/**
 * Runs a server until the process ends. Exits 0 after a clean stop, 2 for a wrong configuration, 1 for
 * everything else.
 *
 * @param name `api` or `worker`: its name in the log.
 * @param flags Values from a command line; they override the environment.
 */
export async function serve(name: string, start: Start, flags: GivenFlags = {}): Promise<void> {
  let log: Logger | undefined;
  const fail = async (error: unknown) => {
    if (log === undefined || error instanceof ConfigError) reportMistake(error);
    else log.fatal({ err: error }, 'stopped by an unexpected error');
    // A log that is written by another thread needs a moment, and must not hold the process up.
    await Promise.race([new Promise((resolve) => log?.flush(resolve) ?? resolve(undefined)), pause(500)]);
    process.exit(error instanceof ConfigError ? wrongUsage : 1);
  };
  process.once('uncaughtException', fail);
  process.once('unhandledRejection', fail);

  try {
    const given = loadConfig(flags);
    const config: Config = Object.freeze({
      ...given,
      redisUrl: await resolveRedisUrl(given),
      webhookSecrets: await resolveWebhookSecrets(given),
    });
    log = createLogger(config, name);
    // From here on, so that a stop during the start waits for it and then is a clean one.
    const { asked, hurried } = stopRequest();
    const tracing = await startTracing(name, log);
    const server = await start(config, log);
    const ready: ReadyMessage = { kind: 'ready', ...(server.url === undefined ? {} : { url: server.url }) };
    if (process.connected) process.send?.(ready);
    const reason = await asked;
    log.info({ reason }, 'stopping');
    void hurried.then(() => server.hurry());
    await server.stop();
    await tracing?.stop();
    process.exit(0);
  } catch (error) {
    await fail(error);
  }
}

/** Resolve with the reason to stop, and when the stop is to wait for nothing. A third signal ends the process. */
function stopRequest(): { asked: Promise<string>; hurried: Promise<void> } {
  let hurry = () => {};
  const hurried = new Promise<void>((resolve) => {
    hurry = resolve;
  });
  const asked = new Promise<string>((stop) => {
    onStopSignals({ stop, hurry: () => hurry(), stopNow: (code) => process.exit(code) });
    if (process.send === undefined) return;
    process.once('disconnect', () => stop('the parent process is gone'));
    if (!process.connected) stop('the parent process is gone');
  });
  return { asked, hurried };
}

const reportMistake = (error: unknown) =>
  console.error(error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : error);
