/**
 * A Redis out of Debian's or Ubuntu's own packages, unpacked into a folder of ours: without root, and without
 * touching the system. apt is given its own lists and cache folder, so it needs no earlier `apt-get update`
 * and leaves none behind; nothing is installed, so no service is started.
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type CommandResult, lastLines, runCommand } from './run-command.js';

/** Packages that hold the program: the first set that the distribution has is taken. */
const packageSets = [
  ['redis-server', 'redis-tools'],
  ['valkey-server', 'valkey-tools'],
];

/**
 * Downloads and unpacks into `folder` (which exists and is empty).
 *
 * @returns What went wrong in a line, or where the program and its libraries are.
 */
export async function unpackPackages(
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<{ file: string; libraryPath: string } | { problem: string }> {
  for (const program of ['apt-get', 'dpkg']) {
    const { code } = await runCommand(program, ['--version'], { environment });
    if (code !== 0) return { problem: `no ${program} here, so this is not Debian or Ubuntu` };
  }
  const apt = await prepareApt(folder, environment);
  const update = await apt('apt-get', ['-q', 'update']);
  if (update.code !== 0) return { problem: `apt-get update failed: ${lastLines(update.output)}` };

  const reasons: string[] = [];
  for (const packages of packageSets) {
    const names = await withLibraries(packages, apt);
    const download = await apt('apt-get', ['-q', 'download', ...names]);
    if (download.code !== 0) {
      reasons.push(`apt-get download failed: ${lastLines(download.output)}`);
      continue;
    }
    const root = join(folder, 'root');
    for (const name of await readdir(join(folder, 'packages'))) {
      const unpack = await runCommand('dpkg', ['-x', join(folder, 'packages', name), root], { environment });
      if (unpack.code !== 0) return { problem: `dpkg -x ${name} failed: ${lastLines(unpack.output)}` };
    }
    return { file: await programIn(root), libraryPath: (await libraryFoldersIn(root)).join(':') };
  }
  return { problem: reasons.join('; ') };
}

type Apt = (program: string, args: string[]) => Promise<CommandResult>;

async function prepareApt(folder: string, environment: NodeJS.ProcessEnv): Promise<Apt> {
  for (const name of ['lists/partial', 'cache/archives/partial', 'packages', 'root'])
    await mkdir(join(folder, name), { recursive: true });
  const settings = join(folder, 'apt.conf');
  // The hooks are cleared because images carry ones that tidy the system's own cache. No other user is
  // taken on for downloads, since that one could not write here.
  await writeFile(
    settings,
    `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::lists "${join(folder, 'lists')}";
Dir::Cache "${join(folder, 'cache')}";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
`,
  );
  return (program, args) =>
    runCommand(program, ['-c', settings, ...args], {
      cwd: join(folder, 'packages'),
      environment: { ...environment, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
      timeoutMs: 180_000,
    });
}

/** The packages and, through and through, the libraries they need. libc has to be the system's own. */
async function withLibraries(packages: string[], apt: Apt): Promise<string[]> {
  const { stdout } = await apt('apt-cache', ['depends', '--recurse', '--important', ...packages]);
  const needs = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of stdout.split('\n')) {
    const [, dependency] = /^\s\s(?:Pre)?Depends: ([^<\s]+)/.exec(line) ?? [];
    if (dependency !== undefined) current.push(dependency);
    else if (/^\S/.test(line)) {
      current = [];
      needs.set(line.trim(), current);
    }
  }
  const wanted = new Set(packages);
  for (const name of wanted)
    for (const dependency of needs.get(name) ?? []) if (isLibrary(dependency)) wanted.add(dependency);
  return [...wanted];
}

const isLibrary = (name: string) =>
  /^(lib|lua-)/.test(name) && !/^libc\d|^libperl|-perl$|-common$|-bin$|:any$/.test(name);

async function programIn(root: string): Promise<string> {
  for (const name of ['redis-server', 'valkey-server', 'redis-check-rdb', 'valkey-check-rdb']) {
    const file = join(root, 'usr/bin', name);
    // `redis-server` is a link to the program in some releases, and a dangling one never runs.
    if (await stat(file).catch(() => undefined)) return file;
  }
  return join(root, 'usr/bin/redis-server');
}

async function libraryFoldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter(({ name }) => /\.so(\.|$)/.test(name)).map(({ parentPath }) => parentPath);
  // Not the folders of plug-ins further down.
  return [...new Set(folders)].filter((folder) => /^(usr\/)?lib(\/[^/]+)?$/.test(relative(root, folder)));
}
