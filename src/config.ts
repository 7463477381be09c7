/**
 * Environment, files of secrets and flags -> one frozen, validated Config. The only reader of `process.env`. A wrong
 * value is named, with what was expected and what was given; all of them at once.
 */
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { parseFilesUrl } from './files-url.js';
import { type KeyEntry, readKeyEntries } from './models/access.js';
import { hidden, withoutPassword } from './redaction.js';
import { hashTagOf, parseRedisUrl, redisUrlForms } from './redis-url.js';

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `expected a whole number from ${min} to ${max}`)
        .max(max, `expected a whole number from ${min} to ${max}`),
    );

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** `calculation=2,file_processing=4`: how many jobs of a type at once. */
const numberByType = (min: number, max: number) =>
  list.transform((items, { addIssue }): ReadonlyMap<string, number> => {
    const numbers = new Map<string, number>();
    for (const item of items) {
      const [, type = '', digits = ''] = /^([a-z_]+)\s*=\s*(\d{1,9})$/.exec(item) ?? [];
      const number = Number(digits);
      if (type === '' || number < min || number > max)
        addIssue(
          `expected TYPE=N, separated by commas, with N from ${min} to ${max}, and ${JSON.stringify(item)} is not`,
        );
      if (numbers.has(type)) addIssue(`expected each type once, and ${JSON.stringify(type)} is there twice`);
      numbers.set(type, number);
    }
    return numbers;
  });

const redisUrl = z.string().superRefine((url, { addIssue }) => {
  try {
    parseRedisUrl(url);
  } catch (error) {
    addIssue(error instanceof Error ? error.message : `expected ${redisUrlForms}`);
  }
});

const filesUrl = z.string().transform((url, { addIssue }) => {
  const location = parseFilesUrl(url);
  if ('kind' in location) return location;
  addIssue(`expected ${location.expected}`);
  return z.NEVER;
});

const redisHost = z
  .string()
  .refine(
    (host) => isIPv6(host) || /^[\w.-]+$/.test(host),
    'expected the name or the address of a host, without a port',
  );

const metricsAddress = z.string().superRefine((text, { addIssue }) => {
  if (text === 'none') return;
  const [, bracketed, port] = /^(?:\[([0-9a-fA-F:.]+)\]|[\w.-]*):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined) addIssue('expected HOST:PORT, for example 127.0.0.1:9090, or none');
  else if (Number(port) > 65_535) addIssue('expected HOST:PORT with a port from 0 to 65535');
  else if (bracketed !== undefined && !isIPv6(bracketed))
    addIssue('expected an IPv6 address in the brackets');
});

const webhookSecret = z.string().refine((secret) => {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  return bytes.toString('base64') === base64 && bytes.length >= 24 && bytes.length <= 64;
}, 'expected whsec_ and 24 to 64 bytes in base64, several separated by commas');

/** As an operator keeps them: the text of a JSON array. */
const apiKeys = z.string().transform((text, { addIssue }): readonly KeyEntry[] => {
  const read = readKeyEntries(text);
  if ('entries' in read) return read.entries;
  addIssue(read.mistake);
  return [];
});

const origin = z
  .string()
  .refine(
    (text) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text),
    'expected origins such as https://app.example.com, without a path, separated by commas',
  );

interface Setting<Schema extends z.ZodType, Fallback extends string | undefined> {
  schema: Schema;
  /** What is parsed where nothing is given. */
  fallback: Fallback;
  meaning: string;
  /** No message repeats it. It can be given in a file. */
  isSecret: boolean;
  /** It is a URL that may hold a password: messages leave that out. It can be given in a file. */
  holdsPassword?: boolean;
}

function setting<Schema extends z.ZodType, Fallback extends string | undefined>(
  schema: Schema,
  fallback: Fallback,
  meaning: string,
): Setting<Schema, Fallback> {
  return { schema, fallback, meaning, isSecret: false };
}

const secret = <Schema extends z.ZodType, Fallback extends string | undefined>(
  open: Setting<Schema, Fallback>,
): Setting<Schema, Fallback> => ({ ...open, isSecret: true });

const withPasswordInside = <Schema extends z.ZodType, Fallback extends string | undefined>(
  open: Setting<Schema, Fallback>,
): Setting<Schema, Fallback> => ({ ...open, holdsPassword: true });

/** Name of each setting in the environment, what it accepts, its default, and one line for the table. */
export const settings = {
  nodeEnv: setting(
    z.enum(['development', 'production', 'test'], 'expected development, production or test'),
    'development',
    'In `production` a missing Redis URL is an error.',
  ),
  host: setting(z.string().min(1), '127.0.0.1', 'Address the API server listens on.'),
  port: setting(integer(0, 65_535), '3000', 'Port the API server listens on; 0 takes a free one.'),
  apiKeys: secret(
    setting(apiKeys, undefined, 'API keys, as a JSON array: `jobwright key create` prints entries for it.'),
  ),
  apiKeysFile: setting(
    z.string().min(1),
    undefined,
    'File with such an array; it is read again when it changes. Keys of both count.',
  ),
  allowAnonymous: setting(
    z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true'),
    'false',
    '`true`: without API keys, listen on other addresses than loopback all the same. Whoever reaches it may do everything.',
  ),
  corsOrigins: setting(
    list.pipe(z.array(origin)),
    '',
    'Origins whose pages may call the API from a browser, separated by commas; none when empty.',
  ),
  basePath: setting(
    z
      .string()
      .regex(/^(\/[\w.~-]+)*$/, 'expected nothing, or a path such as /jobs without a slash at its end'),
    '',
    'Path prefix under which a proxy publishes the API; links carry it.',
  ),
  redisUrl: withPasswordInside(
    setting(
      redisUrl,
      undefined,
      'Redis or Valkey: one server (`redis://`, `unix://`), a Sentinel group (`redis-sentinel://`) or a cluster (`redis-cluster://`). Without it, and outside production, the private Redis of `DATA_DIR` is used.',
    ),
  ),
  redisHost: setting(redisHost, undefined, 'Host of Redis, where no `REDIS_URL` is given.'),
  redisPort: setting(integer(1, 65_535), undefined, 'Port of Redis, where no `REDIS_URL` is given (6379).'),
  redisPrefix: setting(
    z.string().regex(/^[\w{}.-]+$/, 'expected letters, digits and any of _ - . { }'),
    '{jobwright}',
    "Prefix of every key; the braces keep a cluster's scripts in one slot.",
  ),
  redisTlsCaFile: setting(
    z.string(),
    undefined,
    'Certificates (PEM) by which the TLS certificate of Redis is checked, in place of those that Node knows.',
  ),
  redisTlsCertFile: setting(
    z.string(),
    undefined,
    'Certificate (PEM) that is shown to a Redis that asks for one.',
  ),
  redisTlsKeyFile: setting(z.string(), undefined, 'Private key (PEM) of `REDIS_TLS_CERT_FILE`.'),
  redisUnsafe: setting(
    z.enum(['warn', 'refuse'], 'expected warn or refuse'),
    'warn',
    'What a Redis that may lose jobs is worth: `warn` tells, `refuse` makes the server not ready.',
  ),
  dataDir: setting(z.string().min(1), './data', 'Folder of the private Redis and of the files.'),
  cacheDir: setting(
    z.string().min(1),
    './.cache',
    'Folder where a Redis is unpacked when none is installed.',
  ),
  jobTypes: setting(list, '', 'Folders, files or packages with further job types, separated by commas.'),
  workers: setting(integer(1, 1_000), '5', 'Jobs of one type that a worker server runs at once.'),
  lanes: setting(
    list.pipe(
      z
        .array(z.enum(['short', 'long'], 'expected short, long or both'))
        .min(1, 'expected short, long or both'),
    ),
    'short,long',
    'Lanes that a worker server serves, separated by commas: `short`, `long` or both.',
  ),
  types: setting(
    list,
    '',
    'Job types that a worker server serves, by name, separated by commas; all of its lanes when empty.',
  ),
  typeConcurrency: setting(
    numberByType(1, 1_000),
    '',
    'Jobs of single types that a worker server runs at once, in place of `WORKERS`: `calculation=2,file_processing=4`.',
  ),
  threads: setting(
    integer(1, 256),
    undefined,
    'Threads for CPU-bound processors of each lane in a worker server; the number of cores when absent.',
  ),
  metricsAddr: setting(
    metricsAddress,
    undefined,
    'Address of the figures, `HOST:PORT`, or `none`. When absent, a worker server takes the first free port of 127.0.0.1 from 9090 on.',
  ),
  shutdownGraceMs: setting(
    integer(0, 3_600_000),
    '25000',
    'A worker that is stopped may finish its jobs for this long, in milliseconds.',
  ),
  lockMs: setting(
    integer(1_000, 600_000),
    '6000',
    'A worker that is silent for this long has lost its jobs, in milliseconds.',
  ),
  batching: setting(
    z.enum(['true', 'false'], 'expected true or false').transform((text) => text === 'true'),
    'true',
    "`false`: every job is taken and ended by a script of its own, BullMQ's; slower, and otherwise the same.",
  ),
  redisTimeoutMs: setting(
    integer(50, 60_000),
    '1500',
    'The API answers 503 when Redis does not answer for this long, in milliseconds.',
  ),
  bodyBytesMax: setting(integer(1_024, 1_073_741_824), '10485760', 'Largest JSON body, inflated, in bytes.'),
  bodyTimeoutMs: setting(
    integer(100, 3_600_000),
    '30000',
    'A JSON body must be complete within this time, in milliseconds; a batch may not pause for longer.',
  ),
  batchItemsMax: setting(integer(1, 1_000_000), '10000', 'Most jobs of one batch.'),
  batchBytesMax: setting(
    integer(1_024, 1_099_511_627_776),
    '67108864',
    'Largest batch, inflated, in bytes; each of its jobs may have `BODY_BYTES_MAX`.',
  ),
  jsonDepthMax: setting(integer(1, 10_000), '64', 'Deepest nesting of a JSON body.'),
  jsonStringMax: setting(
    integer(1, 1_073_741_824),
    '1048576',
    'Longest text in a JSON body, and longest name of a member, in characters.',
  ),
  jsonItemsMax: setting(integer(1, 100_000_000), '1000000', 'Most items of one array in a JSON body.'),
  jsonMembersMax: setting(integer(1, 10_000_000), '10000', 'Most members of one object in a JSON body.'),
  urlLengthMax: setting(integer(256, 1_048_576), '8192', 'Longest path with its query, in characters.'),
  headersMax: setting(integer(10, 2_000), '200', 'Most headers of a request.'),
  headersBytesMax: setting(
    integer(1_024, 1_048_576),
    '16384',
    'Largest request line with all headers, in bytes.',
  ),
  headersTimeoutMs: setting(
    integer(100, 3_600_000),
    '15000',
    'The headers of a request must be complete within this time, in milliseconds.',
  ),
  requestTimeoutMs: setting(
    integer(100, 86_400_000),
    '300000',
    'A request must be here as a whole within this time, an upload too, in milliseconds.',
  ),
  idleTimeoutMs: setting(
    integer(100, 86_400_000),
    '60000',
    'A connection on which nothing moves for this long, in either direction, is closed, in milliseconds; one that waits for a job or for events is not.',
  ),
  connectionsMax: setting(
    integer(1, 1_000_000),
    '10000',
    'Connections that one API server holds open at once.',
  ),
  requestsMax: setting(
    integer(1, 1_000_000),
    '1000',
    'Requests that one API server has under way at once; those that wait for a job or for events have their own limits.',
  ),
  uploadBytesMax: setting(
    integer(1, 1_099_511_627_776),
    '104857600',
    'Largest file that can be uploaded, in bytes.',
  ),
  filesUrl: setting(
    filesUrl,
    undefined,
    'Where files are: `file:///path` or `s3://bucket/prefix`; a folder in `DATA_DIR` when absent.',
  ),
  filesAccessKeyId: setting(
    z.string().min(1),
    undefined,
    'Access key for files in S3; as the AWS tools find one when absent.',
  ),
  filesSecretAccessKey: {
    ...setting(z.string().min(1), undefined, 'Its secret. Both are given, or none.'),
    isSecret: true,
  },
  fileRetentionMs: setting(
    integer(1_000, 315_360_000_000),
    '604800000',
    'Uploads are removed after this long, in milliseconds (7 days); what a job made goes with the job.',
  ),
  imagePixelsMax: setting(
    integer(1, 1_000_000_000),
    '50000000',
    'Largest image: width times height times frames.',
  ),
  treeDepthMax: setting(integer(1, 100), '8', 'Deepest tree of jobs, in levels.'),
  treeJobsMax: setting(integer(1, 10_000), '1000', 'Largest tree, in jobs.'),
  tombstoneMs: setting(
    integer(0, 315_360_000_000),
    '604800000',
    'The id of a job that was removed answers 410 for this long, then 404, in milliseconds (7 days).',
  ),
  eventsMax: setting(
    integer(100, 10_000_000),
    '10000',
    'Events that are kept, for clients that lost their stream.',
  ),
  resultBytesMax: setting(
    integer(1_024, 104_857_600),
    '5242880',
    'Largest result of a job, as JSON, in bytes; larger ones belong into files.',
  ),
  outputBytesMax: setting(
    integer(1, 1_099_511_627_776),
    '1073741824',
    'Largest file that a job may write, in bytes.',
  ),
  rateLimit: setting(
    integer(0, 1_000_000),
    '5000',
    'Requests that one address may send to all API servers in 10 seconds; 0 is no limit.',
  ),
  keyRateLimit: setting(
    integer(0, 1_000_000),
    '5000',
    'Requests that may be sent with one API key to all API servers in 10 seconds; 0 is no limit.',
  ),
  queueQuota: setting(
    integer(0, 1_000_000_000),
    '0',
    'Unfinished jobs that a tenant may have when it submits more, with API keys; 0 is no limit.',
  ),
  uploadQuotaBytes: setting(
    integer(0, 1_125_899_906_842_624),
    '0',
    'Bytes that a tenant may upload in a day (UTC), with API keys; 0 is no limit.',
  ),
  waitMsMax: setting(
    integer(0, 3_600_000),
    '60000',
    'Longest wait that a request may ask for with `Prefer: wait`, in milliseconds; 0 is none.',
  ),
  waitsMax: setting(
    integer(0, 1_000_000),
    '5000',
    'Requests that wait with `Prefer: wait` in one API server at once; further ones are answered without a wait.',
  ),
  eventHeartbeatMs: setting(
    integer(50, 600_000),
    '15000',
    'Between two signs of life on a stream of events where nothing happens, in milliseconds.',
  ),
  streamsMax: setting(
    integer(1, 1_000_000),
    '5000',
    'Streams of events that one API server holds open at once.',
  ),
  trustProxy: setting(integer(0, 10), '0', 'Number of proxies in front whose X-Forwarded-For is believed.'),
  outboundAllow: setting(
    list.pipe(
      z.array(
        z.union(
          [z.cidrv4(), z.cidrv6()],
          'expected addresses as CIDR, such as 10.1.0.0/16, separated by commas',
        ),
      ),
    ),
    '',
    'Addresses (CIDR) that processors may call although they are not public, separated by commas.',
  ),
  outboundBytesMax: setting(
    integer(1_024, 1_073_741_824),
    '52428800',
    'Largest response that a processor may fetch, in bytes.',
  ),
  outboundRedirectsMax: setting(integer(0, 20), '5', 'Redirects that one fetch follows.'),
  outboundTimeoutMs: setting(
    integer(100, 600_000),
    '15000',
    'Longest time that one fetch may take, in milliseconds.',
  ),
  webhookSecrets: secret(
    setting(
      list.pipe(z.array(webhookSecret)),
      '',
      'Secrets that sign callbacks, `whsec_…`, separated by commas: each signs. Outside production `npm start` makes one where none is given.',
    ),
  ),
  callbackBytesMax: setting(
    integer(1_024, 104_857_600),
    '1048576',
    'Largest callback, in bytes; a larger one goes without the payload, then without the result.',
  ),
  logLevel: setting(
    z.enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'expected fatal, error, warn, info, debug, trace or silent',
    ),
    'info',
    'Lines below this level are left out.',
  ),
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
      const got = isSecret ? 'something else' : JSON.stringify(withoutSecrets(text));
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

/** A URL may have been given with what belongs into settings of its own. */
const withoutSecrets = (text: string): string =>
  withoutPassword(text).replace(/((?:secret|key|token|password)\w*=)[^&]*/gi, `$1${hidden}`);

function shownOf(name: SettingName, text: string): string {
  const { isSecret, holdsPassword }: Setting<z.ZodType, string | undefined> = settings[name];
  if (isSecret) return hidden;
  return holdsPassword ? withoutPassword(text) : text;
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
      shown: /HEADERS|KEY|TOKEN|SECRET/.test(variable) ? hidden : withoutPassword(text),
      source: 'environment',
    }));
}

/** Whether the standard variables of OpenTelemetry ask for traces. */
export function tracingAsked(environment: Environment = process.env): boolean {
  const { OTEL_SDK_DISABLED: disabled = '', OTEL_TRACES_EXPORTER: exporter = '' } = environment;
  if (disabled.trim().toLowerCase() === 'true' || exporter.trim() === 'none') return false;
  return variablesForTracing.some((name) => (environment[name] ?? '').trim() !== '');
}
