/** A Redis or Valkey server program that can be run here, and how to ask a file whether it is one. */
import { runCommand } from './run-command.js';

export interface RedisBinary {
  /** Absolute path of the program. */
  file: string;
  /** Goes into LD_LIBRARY_PATH, for a program that was unpacked beside its libraries. */
  libraryPath?: string;
  product: 'Redis' | 'Valkey';
  version: string;
  origin: 'PATH' | "the distribution's packages" | 'compiled from source';
}

/** BullMQ needs this one. */
export const oldestVersion = '6.2';

/** The command line of a program: `env` sets the library path for it alone and then becomes it. */
export const commandOf = ({ file, libraryPath }: Pick<RedisBinary, 'file' | 'libraryPath'>): string[] =>
  libraryPath === undefined ? [file] : ['env', `LD_LIBRARY_PATH=${libraryPath}`, file];

/** Runs `--version`: undefined for what does not run, is no such server, or is too old. */
export async function probeBinary(
  candidate: Pick<RedisBinary, 'file' | 'libraryPath' | 'origin'>,
): Promise<RedisBinary | undefined> {
  const [program = '', ...args] = commandOf(candidate);
  const { code, stdout } = await runCommand(program, [...args, '--version'], { timeoutMs: 10_000 });
  const [, version] = /\bserver v=(\d+\.\d+\.\d+)/i.exec(stdout) ?? [];
  if (code !== 0 || version === undefined || !isNewEnough(version)) return undefined;
  return { ...candidate, product: /valkey/i.test(stdout + candidate.file) ? 'Valkey' : 'Redis', version };
}

/** Whether BullMQ can work with it. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestVersion.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
