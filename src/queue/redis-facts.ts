/** What a Redis tells of itself that decides what becomes of a job, and what is wrong with it. */
import type { RedisFlaw } from '../models/health.js';
import { isNewEnough, oldestVersion } from './private-redis/redis-binary.js';

/** What can be wrong, and when it is. The first four keep Redis from taking jobs; with the others it may lose some. */
export const redisFlaws: Readonly<Record<RedisFlaw, string>> = {
  replica: 'It is a replica, which takes no writes.',
  cluster_node: 'It is a node of a cluster, and `REDIS_URL` names it as if it were alone.',
  full: 'Its memory is as full as `maxmemory` allows.',
  writing_fails: 'Its last write to the disk failed, so it takes no more.',
  evicts: '`maxmemory-policy` is not `noeviction`: when it is full, it throws jobs away.',
  not_persistent: 'It writes nothing to the disk: when it ends, every job is lost.',
  snapshots_only:
    'It writes snapshots and no append-only file: when it ends, what came since the last one is lost.',
  never_flushed: '`appendfsync` is `no`: when its machine ends, what the system had not written yet is lost.',
  too_old: `It is older than ${oldestVersion}.`,
};

/** With these it takes no jobs, whatever one thinks of it. */
export const disablingFlaws: ReadonlySet<RedisFlaw> = new Set([
  'replica',
  'cluster_node',
  'full',
  'writing_fails',
]);

export interface RedisFacts {
  product?: 'Redis' | 'Valkey';
  version?: string;
  role?: string;
  flaws: RedisFlaw[];
  /** What it does not tell this user. */
  unknown: string[];
}

/** What is asked: undefined where Redis does not tell it. */
export interface RedisAnswers {
  /** `INFO` */
  info: string | undefined;
  /** `CONFIG GET save` and `appendfsync`. */
  save: string | undefined;
  appendfsync: string | undefined;
}

/** @param isCluster Whether its URL is a cluster's. */
export function redisFacts({ info, save, appendfsync }: RedisAnswers, isCluster: boolean): RedisFacts {
  if (info === undefined)
    return { flaws: [], unknown: ['version', 'role', 'maxmemory-policy', 'persistence'] };
  const fields = new Map(info.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string]));
  const is = (name: string, value: string) => fields.get(name) === value;
  const valkey = fields.get('valkey_version');
  const version = valkey ?? fields.get('redis_version');
  const role = fields.get('role');
  const hasAof = is('aof_enabled', '1');
  const saves = save !== '';
  const memoryMax = Number(fields.get('maxmemory') ?? 0);
  const policy = fields.get('maxmemory_policy');
  const flaws: Record<RedisFlaw, boolean> = {
    replica: role === 'slave',
    cluster_node: !isCluster && is('redis_mode', 'cluster'),
    full: memoryMax > 0 && Number(fields.get('used_memory') ?? 0) >= memoryMax && policy === 'noeviction',
    writing_fails:
      (hasAof && is('aof_last_write_status', 'err')) || (saves && is('rdb_last_bgsave_status', 'err')),
    evicts: policy !== undefined && policy !== 'noeviction',
    not_persistent: is('aof_enabled', '0') && save === '',
    snapshots_only: is('aof_enabled', '0') && save !== undefined && saves,
    never_flushed: hasAof && appendfsync === 'no',
    too_old: version !== undefined && !isNewEnough(version),
  };
  return {
    product: valkey === undefined ? 'Redis' : 'Valkey',
    ...(version === undefined ? {} : { version }),
    ...(role === undefined ? {} : { role: role === 'slave' ? 'replica' : role }),
    flaws: (Object.keys(flaws) as RedisFlaw[]).filter((flaw) => flaws[flaw]),
    unknown: [
      ...(policy === undefined ? ['maxmemory-policy'] : []),
      ...(!hasAof && save === undefined ? ['save'] : []),
      ...(hasAof && appendfsync === undefined ? ['appendfsync'] : []),
    ],
  };
}
