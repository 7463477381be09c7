/**
 * Environment, files of secrets and flags -> one frozen, validated Config. The only reader of `process.env`. A wrong
 * value is named, with what was expected and what was given; all of them at once. What can be set is in `settings/`.
 */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { z } from 'zod';
import { hidden, withoutUrlSecrets } from './redaction.js';
import { hashTagOf, parseRedisUrl } from './redis-url.js';
import { fileSettings } from './settings/file-settings.js';
import { jobLimits } from './settings/job-limits.js';
import { outboundSettings } from './settings/outbound-settings.js';
import { redisSettings } from './settings/redis-settings.js';
import { requestLimits } from './settings/request-limits.js';
import { serverSettings } from './settings/server-settings.js';
import type { Setting } from './settings/setting.js';
import { workerSettings } from './settings/worker-settings.js';

/** By name, in the order of the table in `docs/configuration.md`. */
export const settings = {
  ...serverSettings,
  ...redisSettings,
  ...workerSettings,
  ...requestLimits,
  ...fileSettings,
  ...jobLimits,
  ...outboundSettings,
};

/**
 * Every setting, parsed. Those without a default may be absent.
 *
 * Its name in the environment is the same in capitals: `redisTimeoutMs` is `REDIS_TIMEOUT_MS`.
 */
export type Config = Readonly<{
  [Name in keyof typeof settings]: (typeof settings)[Name] extends Setting<infer Schema, infer Fallback>
    ? z.output<Schema> | (Fallback extends string ? never : undefined)
    : never;
}>;

export type SettingName = keyof Config;

/** What was wrong with the configuration, one line for each mistake. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The environment variable of a setting. */
export const variableOf = (name: SettingName) =>
  name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** The one that names a file with its value; undefined of what is no secret, and of what has a setting for its file. */
export function fileVariableOf(name: SettingName): string | undefined {
  if (`${name}File` in settings) return undefined;
  const { isSecret, holdsPassword }: Setting<z.ZodType, string | undefined> = settings[name];
  return isSecret || holdsPassword ? `${variableOf(name)}_FILE` : undefined;
}

/** Values given on the command line, by setting, each with the flag that gave it. */
export type GivenFlags = Partial<Record<SettingName, { flag: string; value: string }>>;

type Environment = Record<string, string | undefined>;

/**
 * Parses the environment, flags first.
 *
 * @throws ConfigError
 */
export function loadConfig(flags: GivenFlags = {}, environment: Environment = process.env): Config {
  const read = readSettings(flags, environment);
  const config = Object.freeze(Object.fromEntries(read.map(({ name, value }) => [name, value]))) as Config;
  requireHashTag(config);
  return config;
}

/** A setting as it is in force, in words that give no secret away. */
export interface EffectiveSetting {
  variable: string;
  /** Empty where there is none. */
  shown: string;
  /** `default`, `environment`, `flag --port`, `file /run/secrets/redis-url`. */
  source: string;
}

/**
 * What `loadConfig` would read, in the order of the table.
 *
 * @throws ConfigError
 */
export function effectiveSettings(
  flags: GivenFlags = {},
  environment: Environment = process.env,
): EffectiveSetting[] {
  return readSettings(flags, environment).map(({ name, given: { text, source } }) => ({
    variable: variableOf(name),
    shown: text === undefined || text === '' ? '' : shownOf(name, text),
    source,
  }));
}

interface Given {
  /** Undefined where nothing was given, and there is no default. */
  text: string | undefined;
  source: string;
  /** What a message calls it: the flag or the variable. */
  called: string;
}

interface ReadSetting {
  name: SettingName;
  given: Given;
  value: unknown;
}

function readSettings(flags: GivenFlags, environment: Environment): ReadSetting[] {
  const mistakes: string[] = [];
  const read = Object.entries(settings).map(([key, { schema, isSecret }]): ReadSetting => {
    const name = key as SettingName;
    const given = givenFor(name, flags, environment, mistakes);
    const { text, called } = given;
    if (text === undefined) return { name, given, value: undefined };
    const parsed = schema.safeParse(text);
    if (!parsed.success) {
      const got = isSecret ? 'something else' : JSON.stringify(withoutUrlSecrets(text));
      mistakes.push(`${called}: ${parsed.error.issues[0]?.message}, got ${got}`);
    }
    return { name, given, value: parsed.data };
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'));
  return read;
}

/** Else the keys of one script are on several nodes. */
function requireHashTag({ redisUrl, redisPrefix }: Config): void {
  if (redisUrl === undefined || parseRedisUrl(redisUrl).kind !== 'cluster') return;
  if (hashTagOf(redisPrefix) === undefined)
    throw new ConfigError(
      `REDIS_PREFIX: expected a part in braces, as in {jobwright}, where REDIS_URL is a cluster's, got ${JSON.stringify(redisPrefix)}`,
    );
}

/** An empty variable is none. */
function givenFor(name: SettingName, flags: GivenFlags, environment: Environment, mistakes: string[]): Given {
  const called = variableOf(name);
  const inFlag = flags[name];
  if (inFlag !== undefined) return { text: inFlag.value, source: `flag ${inFlag.flag}`, called: inFlag.flag };
  const inEnvironment = environment[called];
  const fileVariable = fileVariableOf(name);
  const file = fileVariable === undefined ? undefined : environment[fileVariable];
  if (fileVariable !== undefined && file) {
    if (inEnvironment) mistakes.push(`${called}, ${fileVariable}: expected one of the two, got both`);
    else
      return { text: readSecret(fileVariable, file, mistakes), source: `file ${file}`, called: fileVariable };
  }
  if (inEnvironment) return { text: inEnvironment, source: 'environment', called };
  return { text: settings[name].fallback, source: 'default', called };
}

/** Undefined, and a mistake, where there is nothing to be read. */
function readSecret(variable: string, file: string, mistakes: string[]): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    if (text !== '') return text;
    mistakes.push(`${variable}: expected a file with the value, got ${JSON.stringify(file)}, which is empty`);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    mistakes.push(`${variable}: expected a file that can be read, got ${JSON.stringify(file)} (${code})`);
  }
  return undefined;
}

function shownOf(name: SettingName, text: string): string {
  const { isSecret, holdsPassword }: Setting<z.ZodType, string | undefined> = settings[name];
  if (isSecret) return hidden;
  return holdsPassword ? withoutUrlSecrets(text) : text;
}

/** The URL of the Redis that the configuration names, or undefined where it names none. */
export function redisUrlOf(config: Config): string | undefined {
  if (config.redisUrl !== undefined) return config.redisUrl;
  if (config.redisHost === undefined && config.redisPort === undefined) return undefined;
  const host = config.redisHost ?? '127.0.0.1';
  return `redis://${isIPv6(host) ? `[${host}]` : host}:${config.redisPort ?? 6379}`;
}

/** The environment for a child process: this one's, with some variables set, or taken out where undefined. */
export const childEnvironment = (changes: Record<string, string | undefined> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...changes,
});

/** Any of these asks for traces: they are OpenTelemetry's, and its SDK reads them and all others of its own. */
const variablesForTracing = [
  'OTEL_TRACES_EXPORTER',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
];

/** Those of OpenTelemetry's variables that are set. Headers are how one shows a collector that one may send to it. */
export function tracingSettings(environment: Environment = process.env): EffectiveSetting[] {
  return Object.entries(environment)
    .filter(([variable, text]) => variable.startsWith('OTEL_') && text)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([variable, text = '']) => ({
      variable,
      shown: /HEADERS|KEY|TOKEN|SECRET/.test(variable) ? hidden : withoutUrlSecrets(text),
      source: 'environment',
    }));
}

/** Whether the standard variables of OpenTelemetry ask for traces. */
export function tracingAsked(environment: Environment = process.env): boolean {
  const { OTEL_SDK_DISABLED: disabled = '', OTEL_TRACES_EXPORTER: exporter = '' } = environment;
  if (disabled.trim().toLowerCase() === 'true' || exporter.trim() === 'none') return false;
  return variablesForTracing.some((name) => (environment[name] ?? '').trim() !== '');
}
