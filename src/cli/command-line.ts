/** What the command line says: a role or a command, and the settings that its flags override. All mistakes at once. */
import { parseArgs } from 'node:util';
import { distance } from 'fastest-levenshtein';
import {
  type Config,
  ConfigError,
  type GivenFlags,
  loadConfig,
  type SettingName,
  settings,
} from '../config.js';

export const roles = ['api', 'worker', 'all'] as const;
export type Role = (typeof roles)[number];

export type Flags = GivenFlags;

export type CommandLine =
  | { kind: 'help' }
  | { kind: 'version' }
  | { kind: 'config'; flags: Flags }
  | { kind: 'run'; role: Role; flags: Flags; config: Config };

/** Flags that stand for a setting: its name, and how the value is shown in the help. */
const settingFlags: Record<string, { setting: SettingName; value: string }> = {
  redis: { setting: 'redisUrl', value: 'URL' },
  workers: { setting: 'workers', value: 'N' },
  lanes: { setting: 'lanes', value: 'LANE,…' },
  types: { setting: 'types', value: 'TYPE,…' },
  concurrency: { setting: 'typeConcurrency', value: 'TYPE=N,…' },
  'metrics-addr': { setting: 'metricsAddr', value: 'HOST:PORT' },
  port: { setting: 'port', value: 'N' },
};

const options = {
  role: { type: 'string' },
  ...Object.fromEntries(Object.keys(settingFlags).map((flag) => [flag, { type: 'string' } as const])),
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** @throws ConfigError, one line for each mistake */
export function readCommandLine(
  args: readonly string[],
  environment?: Record<string, string | undefined>,
): CommandLine {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const mistakes: string[] = [];
  const flags: Flags = {};
  let role: Role = 'all';
  let asked: 'help' | 'version' | undefined;
  const isConfig = args[0] === 'config';

  for (const [index, token] of tokens.entries()) {
    if (isConfig && index === 0) continue;
    // What follows an unknown flag is most likely its value, and no mistake of its own.
    if (token.kind === 'positional' && !isUnknownFlag(tokens[index - 1]))
      mistakes.push(`${JSON.stringify(token.value)}: expected flags only; see --help`);
    if (token.kind !== 'option') continue;
    const flag = token.rawName;
    if (token.name === 'help' || token.name === 'version') {
      if (token.value === undefined) asked ??= token.name;
      else mistakes.push(`${flag}: expected no value, got ${JSON.stringify(token.value)}`);
    } else if (isUnknownFlag(token)) {
      mistakes.push(`${flag}: unknown flag${hintFor(token.name)}; see --help`);
    } else if (token.value === undefined || (!token.inlineValue && /^--?[a-z]/.test(token.value))) {
      mistakes.push(`${flag}: expected ${expectedBy(token.name)}, got nothing`);
    } else if (token.name === 'role') {
      const known = roles.find((name) => name === token.value);
      if (known === undefined)
        mistakes.push(`${flag}: expected api, worker or all, got ${JSON.stringify(token.value)}`);
      else role = known;
    } else {
      const setting = settingFlags[token.name]?.setting;
      if (setting !== undefined) flags[setting] = { flag, value: token.value };
    }
  }
  if (mistakes.length === 0 && asked !== undefined) return { kind: asked };
  const config = collect(mistakes, () => loadConfig(flags, environment));
  if (mistakes.length > 0 || config === undefined) throw new ConfigError(mistakes.join('\n'));
  return isConfig ? { kind: 'config', flags } : { kind: 'run', role, flags, config };
}

export function helpText(): string {
  const lines = [
    [
      '--role api|worker|all',
      'What to run. all: both, each as a process of its own, and a private Redis',
      'all',
    ],
    ...Object.entries(settingFlags).map(([flag, { setting, value }]) => [
      `--${flag} ${value}`,
      settings[setting].meaning.replaceAll('`', ''),
      settings[setting].fallback,
    ]),
    ['--help, -h', 'This text.', undefined],
    ['--version', 'The version.', undefined],
  ];
  const rows = lines.map(
    ([usage = '', meaning = '', fallback]) =>
      `  ${usage.padEnd(27)}${meaning.replace(/\.$/, '')}${fallback === undefined ? '.' : ` (default ${fallback}).`}`,
  );
  return `Usage: jobwright [flags]
       jobwright key create …   makes an API key; jobwright key says how
       jobwright config [flags]

Runs Jobwright: the API server, the worker server, or both with a private Redis. With config it prints every
setting that would be in force and where it comes from, without secrets, and runs nothing.

${rows.join('\n')}

A flag overrides the environment. Every other setting is an environment variable: see docs/configuration.md.`;
}

const isUnknownFlag = (token: { kind: string; name?: string } | undefined) =>
  token?.kind === 'option' && !Object.hasOwn(options, token.name ?? '');

const expectedBy = (flag: string) =>
  flag === 'role' ? 'api, worker or all' : `a value (${settingFlags[flag]?.value})`;

function hintFor(name: string): string {
  const nearest = Object.keys(options).sort((a, b) => distance(name, a) - distance(name, b))[0] ?? '';
  return distance(name, nearest) <= 3 ? `, did you mean --${nearest}?` : '';
}

function collect<Value>(mistakes: string[], attempt: () => Value): Value | undefined {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    mistakes.push(error.message);
    return undefined;
  }
}
