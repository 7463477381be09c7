/**
 * What no line of the log may have, whatever is handed to it:
 *
 * 1. members of these names, at any depth: what is sent with jobs and what shows who somebody is,
 * 2. in every text: passwords and queries of URLs, `Authorization`, webhook secrets, API keys, and this process's own secrets,
 * 3. of an error: anything but its words. Redis' errors carry the command that failed, payload, password and all.
 */
import { type Config, redisUrlOf } from './config.js';
import { hidden, withoutCredentials } from './redaction.js';
import { parseRedisUrl, passwordsOf } from './redis-url.js';

/** In lower case. */
const secretNames = new Set([
  ...['payload', 'body', 'result', 'data', 'args', 'command'],
  ...['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key', 'apikey', 'headers'],
  ...['password', 'secret', 'secrets', 'token', 'credentials', 'webhooksecrets', 'redisurl', 'callbackurl'],
]);

const isSecret = (name: string) => secretNames.has(name) || secretNames.has(name.toLowerCase());

/** Levels of a fact, and of the causes of an error. */
const depthMax = 6;
const causesMax = 5;

export interface LogSecrets {
  /** The facts of a line without what is secret. */
  withoutSecrets(facts: Record<string, unknown>): Record<string, unknown>;
  /** An error as the log has it. */
  errorFacts(error: unknown): unknown;
}

export function logSecrets(config: Config): LogSecrets {
  const own = ownSecretsOf(config);
  const clean = (text: string) =>
    own.reduce(
      (rest, secret) => (rest.includes(secret) ? rest.replaceAll(secret, hidden) : rest),
      withoutCredentials(text),
    );

  function errorFacts(error: unknown, causes = 0): unknown {
    if (!(error instanceof Error)) return cleaned(error, 0);
    const { name, message, stack, cause } = error;
    const code = 'code' in error ? error.code : undefined;
    return {
      type: name,
      message: clean(message),
      ...(typeof code === 'string' ? { code } : {}),
      ...(stack === undefined ? {} : { stack: clean(stack) }),
      ...(cause === undefined || causes === causesMax ? {} : { cause: errorFacts(cause, causes + 1) }),
    };
  }

  function cleaned(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return clean(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === depthMax) return hidden;
    if (value instanceof Error) return errorFacts(value);
    if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
    const rest: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value))
      rest[name] = isSecret(name) ? hidden : cleaned(member, depth + 1);
    return rest;
  }

  /** Whether a line can stay as it is: most are ids, numbers and words, and are not copied. */
  function isClean(facts: Readonly<Record<string, unknown>>): boolean {
    for (const name in facts) {
      const value = facts[name];
      if (value === undefined) continue;
      if (isSecret(name) || typeof value === 'object') return false;
      if (typeof value === 'string' && clean(value) !== value) return false;
    }
    return true;
  }

  function copied({ err, ...facts }: Record<string, unknown>): Record<string, unknown> {
    // The serializer has the error.
    return { ...(cleaned(facts, 0) as Record<string, unknown>), ...(err === undefined ? {} : { err }) };
  }

  return {
    withoutSecrets: (facts) => (isClean(facts) ? facts : copied(facts)),
    errorFacts: (error) => errorFacts(error),
  };
}

/** Too short a password would be found in every other word. */
const secretLengthMin = 6;

function ownSecretsOf(config: Config): string[] {
  const url = redisUrlOf(config);
  const passwords = url === undefined ? [] : passwordsOf(parseRedisUrl(url));
  const secrets = new Set([
    // As they are, and as they are in a URL.
    ...passwords.flatMap((password) => [password, encodeURIComponent(password)]),
    config.filesSecretAccessKey ?? '',
    ...config.webhookSecrets,
  ]);
  return [...secrets].filter((secret) => secret.length >= secretLengthMin);
}
