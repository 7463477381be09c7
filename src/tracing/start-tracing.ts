/**
 * Loads OpenTelemetry's SDK where the standard variables ask for it (`tracingAsked` in `config.ts`), and hands it to
 * `tracing.ts`. Exporter, protocol, headers, sampler, limits and batches are the SDK's affair: it reads its own
 * variables. Traces only: its metrics and logs stay off, and no module is patched.
 */
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { tracingAsked } from '../config.js';
import { type Logger, oncePerMinute } from '../log.js';
import { version } from '../version.js';
import { switchOnTracing } from './tracing.js';

/** How long a stop waits for the collector to have the last spans, in milliseconds. */
const flushMsMax = 1_000;

export interface RunningTracing {
  /** Sends what it has, as far as the collector takes it soon. Never fails. */
  stop(): Promise<void>;
}

/** @param server `api` or `worker`: the service is `jobwright-api` unless `OTEL_SERVICE_NAME` says otherwise. */
export async function startTracing(server: string, log: Logger): Promise<RunningTracing | undefined> {
  if (!tracingAsked()) return undefined;
  const [otelApi, { NodeSDK, resources }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-node'),
  ]);
  const { envDetector, resourceFromAttributes } = resources;
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': `jobwright-${server}`,
      'service.version': version,
      'host.name': hostname(),
      'process.pid': process.pid,
    }),
    // The SDK's own detector of processes would tell the command line, which may hold a password.
    resourceDetectors: [envDetector],
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  const warn = oncePerMinute((error) => log.warn({ err: error }, 'the spans do not reach their collector'));
  const onTrouble = (message: string) => warn(new Error(message));
  otelApi.diag.setLogger(
    { error: onTrouble, warn: onTrouble, info() {}, debug() {}, verbose() {} },
    { logLevel: otelApi.DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  sdk.start();
  switchOnTracing(otelApi);
  log.info('tracing is on');
  return {
    async stop() {
      await Promise.race([sdk.shutdown().catch(onStopped), pause(flushMsMax)]);
    },
  };

  function onStopped(error: unknown): void {
    onTrouble(String(error));
  }
}
