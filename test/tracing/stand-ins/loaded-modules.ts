/** Starts tracing as a server does, and prints which modules of OpenTelemetry are loaded then. */
import { createRequire } from 'node:module';
import { loadConfig } from '../../../src/config.js';
import { createLogger } from '../../../src/log.js';
import { startTracing } from '../../../src/tracing/start-tracing.js';
import { inSpan } from '../../../src/tracing/tracing.js';

const tracing = await startTracing('api', createLogger(loadConfig({}, { LOG_LEVEL: 'silent' }), 'test'));
await inSpan(
  () => ({ name: 'work', kind: 'server', attributes: {} }),
  async () => {},
);
const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) =>
  file.includes('@opentelemetry'),
);
await tracing?.stop();
console.log(`${loaded.length} modules`);
