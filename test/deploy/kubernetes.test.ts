/**
 * The Kubernetes manifests, held against the schemas of their kinds (what they require, and as types also what they do
 * not know), against what the code has, and against one another. Where there is a kubectl, it puts them together.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { operations } from '../../src/api/operations.js';
import { readCommandLine } from '../../src/cli/command-line.js';
import { loadConfig } from '../../src/config.js';
import {
  documentsOf,
  type Manifest,
  sizeBytes,
  unknownSettings,
  withoutFiles,
  yamlFilesIn,
} from '../support/manifests.js';
import { readText, root } from '../support/markdown.js';

const folder = 'deploy/kubernetes';
const files = yamlFilesIn(folder).filter((file) => basename(file) !== 'kustomization.yaml');
const manifests = files.flatMap((file) => documentsOf(file).map((manifest) => ({ file, manifest })));
const all = (kind: string): Manifest[] =>
  manifests.map(({ manifest }) => manifest).filter((manifest) => manifest.kind === kind);
const deployments = all('Deployment').map((manifest): [string, Manifest] => [
  manifest.metadata.name,
  manifest,
]);
const podOf = (deployment: Manifest) => deployment.spec.template.spec;
const containerOf = (deployment: Manifest) => podOf(deployment).containers[0];
/** Beyond SHUTDOWN_GRACE_MS, for what is handed back and closed then, in milliseconds. */
const marginMs = 8_000;

const shared: Record<string, string> = Object.fromEntries(
  readText(`${folder}/base/jobwright.env`)
    .trim()
    .split('\n')
    .map((line) => line.split(/=(.*)/s).slice(0, 2)),
);
const environmentOf = (deployment: Manifest): Record<string, string> => ({
  ...shared,
  ...Object.fromEntries(
    (containerOf(deployment).env ?? []).map(({ name, value }: Manifest) => [name, value]),
  ),
});

describe(folder, () => {
  it.each(manifests.map(({ file, manifest }) => [`${file}: ${manifest.kind}`, manifest]))(
    '%s has what its kind requires',
    async (_, manifest) => {
      const Model = (await import(moduleOf(manifest)))[manifest.kind];
      new Model(manifest).validate();
    },
  );

  it('has nothing that its kinds do not know', () => {
    const { status, said } = compiled(manifests.map(({ manifest }) => manifest));
    expect(said).toBe('');
    expect(status).toBe(0);
    const [, deployment] = deployments[0] ?? [];
    const wrong = { ...deployment, spec: { ...deployment.spec, replicaz: 2 } };
    expect(compiled([wrong]).said).toContain('replicaz');
  });

  it('lists every file in the kustomization beside it, the example of a Secret aside', () => {
    for (const file of yamlFilesIn(folder).filter((file) => basename(file) === 'kustomization.yaml')) {
      const beside = files
        .filter((other) => dirname(other) === dirname(file))
        .map((other) => basename(other));
      const listed: string[] = documentsOf(file)[0].resources;
      expect(listed.filter((name) => !name.startsWith('../')).sort()).toEqual(beside);
    }
    expect(files.filter((file) => dirname(file) === folder)).toEqual([`${folder}/secret.example.yaml`]);
  });

  it('sets only settings that are there, to values that they accept', () => {
    const named = [
      ...new Set(deployments.flatMap(([, deployment]) => Object.keys(environmentOf(deployment)))),
    ];
    expect(unknownSettings(named).filter((name) => !awaited.includes(name))).toEqual([]);
    for (const [, deployment] of deployments)
      expect(loadConfig({}, withoutFiles(environmentOf(deployment)))).toMatchObject({
        nodeEnv: 'production',
        host: '0.0.0.0',
      });
  });

  it('finds each secret file in the example of a Secret', () => {
    const [secret] = all('Secret');
    const mount = '/run/secrets/jobwright/';
    const named = Object.values(shared).filter((value) => value.startsWith(mount));
    expect(named.map((path) => path.replace(mount, '')).sort()).toEqual(
      Object.keys(secret.stringData).sort(),
    );
    for (const [, deployment] of deployments) {
      expect(containerOf(deployment).volumeMounts).toContainEqual({
        name: 'secrets',
        mountPath: mount.slice(0, -1),
        readOnly: true,
      });
      const volume = podOf(deployment).volumes.find(({ name }: Manifest) => name === 'secrets');
      expect(volume.secret.secretName).toBe(secret.metadata.name);
    }
  });
});

describe.each(deployments)('%s', (name, deployment) => {
  const pod = podOf(deployment);
  const container = containerOf(deployment);
  const line = readCommandLine(container.args, {
    ...withoutFiles(environmentOf(deployment)),
    REDIS_URL: 'redis://redis',
  });
  const config = line.kind === 'run' ? line.config : undefined;

  it('runs a role that is there, on the lane of its name', () => {
    expect(line).toMatchObject({ kind: 'run', role: name === 'jobwright-api' ? 'api' : 'worker' });
    const lane = /worker-(\w+)$/.exec(name)?.[1];
    if (lane !== undefined) expect(config?.lanes).toEqual([lane]);
  });

  it('is probed on a port where it listens, at paths that are there', () => {
    const ports = Object.fromEntries(
      container.ports.map(({ name, containerPort }: Manifest) => [name, containerPort]),
    );
    const metricsPort = Number(config?.metricsAddr?.split(':').at(-1));
    expect(ports.metrics).toBe(metricsPort);
    if (name === 'jobwright-api') expect(ports.http).toBe(config?.port);
    const paths = operations.map(({ path }) => path);
    for (const [probe, path] of [
      ['startupProbe', '/livez'],
      ['livenessProbe', '/livez'],
      ['readinessProbe', '/readyz'],
    ] as const) {
      expect(container[probe].httpGet).toEqual({ path, port: name === 'jobwright-api' ? 'http' : 'metrics' });
      expect(paths).toContain(path);
    }
    const annotations = deployment.spec.template.metadata.annotations;
    expect(Object.values(ports).map(String)).toContain(annotations['prometheus.io/port']);
  });

  it('is ended only after the time that it was promised', () => {
    const [, pauseS] = container.lifecycle?.preStop.exec.command ?? [];
    const neededMs = (config?.shutdownGraceMs ?? 0) + Number(pauseS ?? 0) * 1_000 + marginMs;
    expect(pod.terminationGracePeriodSeconds * 1_000).toBeGreaterThanOrEqual(neededMs);
  });

  it('may do little: not root, no new rights, no capabilities, a read-only file system, no token', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    const writable = container.volumeMounts.filter(({ readOnly }: Manifest) => !readOnly);
    expect(writable.map(({ mountPath }: Manifest) => mountPath).sort()).toEqual([config?.dataDir, '/tmp']);
    expect(sizeBytes(container.resources.limits.memory)).toBeGreaterThanOrEqual(
      sizeBytes(container.resources.requests.memory),
    );
  });

  it('is selected by its own labels, spread, and not drained all at once', () => {
    const labels = deployment.spec.template.metadata.labels;
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    for (const { labelSelector } of pod.topologySpreadConstraints)
      expect(labelSelector.matchLabels).toEqual(labels);
    const budget = all('PodDisruptionBudget').find(({ metadata }) => metadata.name === name);
    expect(budget.spec).toEqual({ maxUnavailable: 1, selector: { matchLabels: labels } });
  });
});

describe('scaling', () => {
  it('has one for each deployment: by the load of the API, by the queue of each lane', () => {
    expect(all('HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef.name)).toEqual([
      'jobwright-api',
    ]);
    const scaled = all('ScaledObject');
    expect(scaled.map(({ spec }) => spec.scaleTargetRef.name).sort()).toEqual(
      deployments
        .map(([name]) => name)
        .filter((name) => name !== 'jobwright-api')
        .sort(),
    );
    for (const { metadata, spec } of scaled) {
      const [{ metadata: trigger }] = spec.triggers;
      const lane = metadata.name.replace('jobwright-worker-', '');
      expect(trigger.query).toBe(`sum(max by (type) (jobwright_queue_depth{lane="${lane}"}))`);
      expect(spec.minReplicaCount).toBeLessThanOrEqual(spec.fallback.replicas);
      expect(spec.fallback.replicas).toBeLessThanOrEqual(spec.maxReplicaCount);
    }
  });
});

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

describe.runIf(kubectl)('kubectl kustomize', () => {
  it.each(['base', 'example'])('puts %s together, in one namespace, with one name everywhere', (name) => {
    const { stdout, stderr } = spawnSync('kubectl', ['kustomize', join(root, folder, name)], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const rendered: Manifest[] = parseAllDocuments(stdout).map((document) => document.toJS());
    expect(compiled(rendered).said).toBe('');
    for (const { kind, metadata } of rendered)
      if (kind !== 'Namespace') expect(metadata.namespace).toBe('jobwright');
    const [settings] = rendered.filter(({ kind }) => kind === 'ConfigMap');
    for (const deployment of rendered.filter(({ kind }) => kind === 'Deployment')) {
      expect(containerOf(deployment).envFrom).toEqual([{ configMapRef: { name: settings.metadata.name } }]);
      expect(containerOf(deployment).image).toMatch(/^registry\.example\.com\/jobwright:/);
      const scales = deployment.metadata.name !== 'jobwright-api' && name === 'base';
      expect(deployment.spec.replicas !== undefined).toBe(scales);
    }
  });
});

/** Settings of other parts that come together with this one. */
const awaited = ['API_KEYS_FILE'];

/** The module that knows a kind. */
function moduleOf({ apiVersion, kind }: Manifest): string {
  const models = apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models';
  return `${models}/${apiVersion}/${kind}`;
}

/** What the compiler says of manifests as values of their kinds' types: a name that a kind does not know is a mistake. */
function compiled(values: readonly Manifest[]): { status: number | null; said: string } {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const own = mkdtempSync(join(root, '.cache', 'manifests-'));
  onTestFinished(() => rmSync(own, { recursive: true, force: true }));
  const lines = values.map(
    (value, index) => `import type { I${value.kind} as Kind${index} } from ${JSON.stringify(moduleOf(value))};
export const value${index}: Kind${index} = ${JSON.stringify(value)};\n`,
  );
  writeFileSync(join(own, 'manifests.ts'), lines.join(''));
  const options = { strict: true, noEmit: true, skipLibCheck: true, module: 'NodeNext', types: [] };
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions: options }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, '-p', own], { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}
