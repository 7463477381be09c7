// Who may import whom (ARCHITECTURE.md, "The map"). Types count: a type is a dependency, too.
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: [from, ...allowed] },
});
const package_ = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { dependencyTypes: ['npm', 'npm-dev'], pathNot: allowed },
});
const models = '^src/models/';

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    // Loaded by a flag of node: nobody imports it.
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/cli/stop-while-loading\\.ts$' },
      to: {},
    },
    { name: 'no-unresolved', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    only('models-import-nothing', models, [], 'The vocabulary rests on nothing.'),
    package_('models-know-only-zod', models, ['node_modules/zod/'], 'The vocabulary rests on Zod.'),
    only(
      'queue-knows-models',
      '^src/queue/',
      [models, '^src/(config|redis-url)\\.ts$', '^src/tracing/(tracing|traceparent)\\.ts$'],
      'The queue knows jobs, not HTTP.',
    ),
    only(
      'files-know-models',
      '^src/files/',
      [models, '^src/(config|files-url)\\.ts$'],
      'The store knows files, not jobs.',
    ),
    only(
      'processors-know-models',
      '^src/workers/processors/',
      [models],
      'A processor knows neither queue nor HTTP.',
    ),
    only(
      'client-knows-models',
      '^src/client/',
      [models],
      'A client knows what the API says, and nothing else.',
    ),
    {
      name: 'workers-do-not-know-the-api',
      severity: 'error',
      from: { path: '^src/workers/' },
      to: { path: '^src/(api|cli)/' },
    },
    {
      name: 'the-api-knows-of-workers-only-the-registry',
      severity: 'error',
      from: { path: '^src/api/' },
      to: { path: '^src/workers/', pathNot: '^src/workers/registry\\.ts$' },
    },
    {
      name: 'only-the-queue-knows-redis',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/queue/' },
      to: { path: 'node_modules/(bullmq|ioredis)/' },
    },
    {
      name: 'src-does-not-know-the-console',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^console/' },
    },
    {
      name: 'src-does-not-know-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|examples|bench)/' },
    },
  ],
  options: {
    // TypeScript 7 has no programming interface; SWC reads the sources.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
