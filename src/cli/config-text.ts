/** `jobwright config`: every setting that is in force, one a line, with where it comes from. No secrets. */
import { effectiveSettings, loadConfig, tracingSettings } from '../config.js';
import { requireInProduction } from '../queue/private-redis/resolve-url.js';
import type { Flags } from './command-line.js';

/**
 * @returns `PORT=4000  # environment`, a line for each setting, then one for each variable of OpenTelemetry that is set.
 * @throws ConfigError
 */
export function configText(flags: Flags, environment?: Record<string, string | undefined>): string {
  requireInProduction(loadConfig(flags, environment));
  return [...effectiveSettings(flags, environment), ...tracingSettings(environment)]
    .map(({ variable, shown, source }) => `${variable}=${inOneLine(shown)}  # ${inOneLine(source)}`)
    .join('\n');
}

/** A value with a line break in it is still one line. */
const inOneLine = (text: string) => (/[\p{Cc}]/u.test(text) ? JSON.stringify(text) : text);
