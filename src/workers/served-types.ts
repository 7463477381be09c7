/** Which job types a worker server serves, and how many jobs of each it runs at once. */
import { type Config, ConfigError, type SettingName, variableOf } from '../config.js';
import { didYouMean } from '../did-you-mean.js';
import type { RegisteredType, Registry } from './registry.js';

export interface ServedType extends RegisteredType {
  /** Jobs of it at once, in this worker server. */
  concurrency: number;
}

/**
 * @param threadsMax Threads of each lane's pool.
 * @throws ConfigError when `TYPES` or `TYPE_CONCURRENCY` names no type there is, or `TYPES` only some of other lanes.
 */
export function servedTypes(config: Config, registry: Registry, threadsMax: number): ServedType[] {
  const mistakes = [
    ...unknownNames('types', config.types, registry),
    ...unknownNames('typeConcurrency', [...config.typeConcurrency.keys()], registry),
  ];
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'));
  const served = [...registry.values()].filter(
    ({ definition: { type, policy } }) =>
      config.lanes.includes(policy.lane) && (config.types.length === 0 || config.types.includes(type)),
  );
  if (served.length === 0 && config.types.length > 0)
    throw new ConfigError(
      `TYPES: expected a type of the lanes that LANES names (${config.lanes}), got ${config.types}`,
    );
  return served.map((registered) => {
    const { type, runIn, isBrief } = registered.definition;
    const asked = config.typeConcurrency.get(type) ?? config.workers;
    // More would only wait for a thread, unless they need none.
    const needsThread = runIn === 'thread' && isBrief === undefined;
    return { ...registered, concurrency: needsThread ? Math.min(asked, threadsMax) : asked };
  });
}

const unknownNames = (setting: SettingName, names: readonly string[], registry: Registry): string[] =>
  names
    .filter((name) => !registry.has(name))
    .map(
      (name) =>
        `${variableOf(setting)}: expected names of job types, got ${JSON.stringify(name)}${didYouMean(name, [...registry.keys()])}`,
    );
