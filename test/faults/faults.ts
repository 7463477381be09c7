/** What is broken, one strike each. A strike returns when what it broke is on its way back. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet, FleetServer } from './fleet.js';
import type { Chance } from './random.js';

type Strike = (fleet: Fleet, chance: Chance) => Promise<void>;

export const faults = {
  /** `kill -9` of a worker with jobs. */
  'worker-killed': async (fleet, chance) => {
    fleet.losses += 1;
    kill(chance.oneOf(up(fleet.workers)));
  },
  /** `kill -9` of an API server, some request of which is accepted and not answered yet. */
  'api-killed': async (fleet, chance) => kill(chance.oneOf(up(fleet.apiServers))),
  /** `kill -9` of Redis under load; it is started again on the same data. */
  'redis-killed': (fleet) => fleet.killRedis(),
  /** A worker that is frozen until it has lost its locks, and goes on as if nothing had been. */
  'worker-frozen': async (fleet, chance) => {
    const worker = chance.oneOf(up(fleet.workers));
    const { pid } = worker;
    fleet.losses += 1;
    process.kill(pid, 'SIGSTOP');
    await pause(fleet.lockMs * chance.between(15, 30) * 0.1);
    process.kill(pid, 'SIGCONT');
  },
  /** A round trip to Redis takes a tenth to half a second. */
  'network-slow': (fleet, chance) =>
    fleet.withNetwork({ delayMs: chance.between(50, 250) }, chance.between(1_000, 3_000)),
  /** Connections to Redis are reset, and so are new ones. */
  'network-cut': (fleet, chance) => fleet.withNetwork('cut', chance.between(200, 3_000)),
  /** Connections to Redis stay open, and nothing comes through. */
  'network-silent': (fleet, chance) => fleet.withNetwork('silent', chance.between(200, 3_000)),
  /** Connections to Redis are dead and nobody is told, as after a firewall was restarted; new ones work. */
  'network-forgotten': (fleet) => fleet.forgetConnections(),
  /** All servers are replaced one after the other, each told to stop again and again while it stops. */
  'rolling-restart': async (fleet, chance) => {
    for (const server of up(fleet.servers)) await restart(server, chance);
  },
  /** The master of a Sentinel group is killed; its replica takes its place. */
  'fail-over': (fleet) => fleet.failOver(),
} satisfies Record<string, Strike>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

/** Whether it strikes a fleet whose Redis is a group; all others strike one with a single Redis. */
export const needsGroup = (name: FaultName): boolean => name === 'fail-over';

function up(servers: readonly FleetServer[]): FleetServer[] {
  return servers.filter(({ isUp }) => isUp);
}

function kill(server: FleetServer): void {
  const { pid } = server;
  server.down();
  process.kill(pid, 'SIGKILL');
}

async function restart(server: FleetServer, chance: Chance): Promise<void> {
  const { pid } = server;
  server.down();
  const restarted = server.server.restart();
  let isBack = false;
  void restarted.then(() => {
    isBack = true;
  });
  for (let more = chance.between(0, 3); more > 0 && !isBack; more -= 1) {
    await pause(chance.between(20, 900));
    try {
      // The second that counts makes it hand back what it has; a third would end it on the spot.
      if (server.server.pid === pid) process.kill(pid, 'SIGTERM');
    } catch {
      // Gone already.
    }
  }
  await restarted;
  server.up();
}
