/** What a worker server tells at its own small HTTP server beside its figures: is it alive, is it ready. */
import type { Config } from '../config.js';
import type { Logger } from '../log.js';
import type { Metrics } from '../metrics/metrics.js';
import { json, startMetricsServer } from '../metrics/metrics-server.js';
import type { Readiness } from '../readiness.js';
import type { RunningServer } from '../running-server.js';

/** Undefined where none is wanted. @throws ConfigError where the configured address cannot be had */
export function startProbes(
  config: Pick<Config, 'metricsAddr'>,
  readiness: Readiness,
  metrics: Metrics,
  log: Logger,
): Promise<RunningServer | undefined> {
  const pages = {
    '/livez': () => json(200, { status: 'up' }),
    async '/readyz'() {
      const report = await readiness.look();
      return json(report.status === 'up' ? 200 : 503, report);
    },
  };
  return startMetricsServer({ config, log, metrics, pages, findsAddress: true });
}
