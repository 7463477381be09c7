/**
 * Everything on one machine: takes the data folder, starts the private Redis unless another is configured,
 * starts the servers, says where they are, and keeps them running. At the end the servers stop first and
 * Redis last. Killed outright it leaves nothing behind either: the servers notice, and Redis after them.
 */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Config, ConfigError } from '../config.js';
import {
  type DataFolderLock,
  DataFolderTaken,
  DataFolderUnreadable,
  lockDataFolder,
} from '../queue/private-redis/data-folder-lock.js';
import { requireInProduction } from '../queue/private-redis/resolve-url.js';
import { type PrivateRedis, RedisDidNotStart, startPrivateRedis } from '../queue/private-redis/start.js';
import { withoutUrlSecrets } from '../redaction.js';
import { wrongUsage } from '../serve.js';
import { onStopSignals } from '../stop-signals.js';
import { makeWebhookSecret, webhookSecretFile } from '../webhook-secret.js';
import { DidNotStart, type ServerCommand, SupervisedServer } from './supervised-server.js';

export interface SuperviseOptions {
  config: Config;
  servers: readonly ServerCommand[];
  /** A line for whoever started it. */
  print: (line: string) => void;
  /** Called once all is ready, with a function that restarts the servers. For development. */
  onReady?: (restart: () => Promise<void>) => void;
}

/** Beyond the grace period of a worker, in milliseconds. */
const stopMarginMs = 3_000;
/** How long a stop waits for a Redis that is being started, in milliseconds. */
const redisStartMsMax = 3_000;

/** Runs until it is stopped. Resolves with the exit code; nothing is left running then. */
export async function supervise(options: SuperviseOptions): Promise<number> {
  const owned: Owned = { servers: [] };
  const asked = new Promise<string>((stop) =>
    onStopSignals({ stop, hurry: () => hurry(options, owned), stopNow: (code) => stopNow(owned, code) }),
  );
  try {
    // A stop does not wait for a start that may take minutes; what that has begun ends with this process.
    await Promise.race([start(options, owned), asked]);
    await asked;
    options.print('Stopping …');
    await stop(owned);
    options.print('Stopped.');
    return 0;
  } catch (error) {
    await stop(owned);
    console.error(error instanceof Error && isExpected(error) ? error.message : error);
    if (error instanceof ConfigError) return wrongUsage;
    return error instanceof DidNotStart ? error.exitCode : 1;
  }
}

/** What is to be given back at the end, as far as the start has come. */
interface Owned {
  stopping?: boolean;
  lock?: DataFolderLock;
  /** Under way, or done. */
  redisStart?: Promise<unknown>;
  redis?: PrivateRedis;
  servers: SupervisedServer[];
}

async function start({ config, servers, print, ...options }: SuperviseOptions, owned: Owned): Promise<void> {
  const configured = requireInProduction(config);
  owned.lock = await lockDataFolder(config.dataDir);
  if (configured === undefined) {
    const { dataDir, cacheDir } = config;
    owned.redisStart = startPrivateRedis({ dataDir, cacheDir, log: print }).then((redis) => {
      owned.redis = redis;
    });
    await owned.redisStart;
  }
  const makesSecret = config.webhookSecrets.length === 0 && config.nodeEnv !== 'production';
  const environment = {
    REDIS_URL: configured ?? owned.redis?.url ?? '',
    // Read already, if any.
    REDIS_URL_FILE: '',
    DATA_DIR: resolve(config.dataDir),
    ...(makesSecret ? { WEBHOOK_SECRETS: await makeWebhookSecret(config.dataDir) } : {}),
  };
  if (owned.stopping) return;
  owned.servers = servers.map(
    (command) =>
      new SupervisedServer(command, {
        environment,
        lifeline: () => owned.redis?.lifeline(),
        print,
        stopMsMax: config.shutdownGraceMs + stopMarginMs,
        patient: options.onReady !== undefined,
      }),
  );
  const ready = await Promise.all(owned.servers.map((server) => server.start()));
  const url = ready.find((message) => message.url !== undefined)?.url;
  if (url !== undefined) await owned.lock.announce(url);
  print(
    summary({
      url,
      metrics: ready.flatMap((message) => (message.url === undefined ? [] : `${message.url}/metrics`)),
      dataDir: environment.DATA_DIR,
      redis: owned.redis?.description ?? withoutUrlSecrets(configured ?? ''),
      secretFile: makesSecret ? webhookSecretFile(config.dataDir) : undefined,
    }),
  );
  options.onReady?.(async () => {
    await Promise.all(owned.servers.map((server) => server.restart()));
  });
}

async function stop(owned: Owned): Promise<void> {
  owned.stopping = true;
  await Promise.all(owned.servers.map((server) => server.stop()));
  // One that is just coming up can be stopped cleanly in a moment; one that is being unpacked is not there yet.
  await Promise.race([owned.redisStart?.catch(() => {}), pause(redisStartMsMax)]);
  await owned.redis?.stop();
  await owned.lock?.release();
}

/** The servers give up what is unfinished; all still ends in order. */
function hurry({ print }: SuperviseOptions, owned: Owned): void {
  print('Handing back what is unfinished. Once more ends everything at once.');
  for (const server of owned.servers) server.hurry();
}

/** For the impatient: Redis still writes what it has, on its own. */
async function stopNow(owned: Owned, code: number): Promise<void> {
  for (const server of owned.servers) server.kill();
  owned.redis?.abandon();
  await owned.lock?.release();
  process.exit(code);
}

const isExpected = (error: Error) =>
  [ConfigError, DataFolderTaken, DataFolderUnreadable, DidNotStart, RedisDidNotStart].some(
    (kind) => error instanceof kind,
  );

interface Summary {
  url: string | undefined;
  /** Where the servers tell their figures. */
  metrics: readonly string[];
  dataDir: string;
  redis: string;
  /** Of the secret that was made for this data folder; undefined where others are configured. */
  secretFile: string | undefined;
}

function summary({ url, metrics, dataDir, redis, secretFile }: Summary) {
  const rows = [
    ...(url === undefined
      ? []
      : [
          ['API', url],
          ['Documentation', `${url}/docs/`],
        ]),
    ...(metrics.length === 0 ? [] : [['Metrics', metrics.join(', ')]]),
    ['Data', dataDir],
    ['Redis', redis],
    ...(secretFile === undefined ? [] : [['Callbacks', `signed with the secret in ${secretFile}`]]),
    ['Stop', 'Ctrl-C'],
  ];
  return `\nJobwright is ready.\n\n${rows.map(([name = '', value]) => `  ${name.padEnd(15)}${value}\n`).join('')}`;
}
