/**
 * Parity: what the documents say, held against the code, in both directions. README.md, ARCHITECTURE.md and all
 * of `docs/` are read; a path, a command, a setting, a flag, an operation or a link that is not there fails.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flags, resultsFolder } from '../bench/options.js';
import { quoteOf } from '../bench/report/quote.js';
import { readResults } from '../bench/report/results.js';
import { scenarios } from '../bench/scenarios/index.js';
import { openApiYaml } from '../src/api/openapi.js';
import type { Operation } from '../src/api/operation.js';
import { operations } from '../src/api/operations.js';
import { errorDefinitionOf } from '../src/api/problem.js';
import { helpText } from '../src/cli/command-line.js';
import { fileVariableOf, type SettingName, settings, variableOf } from '../src/config.js';
import { errors } from '../src/models/errors.js';
import { jobSchema, jobStatuses } from '../src/models/job.js';
import { whyCodes } from '../src/models/why.js';
import { loadRegistry } from '../src/workers/registry.js';
import { startApi, type TestApi } from './support/api.js';
import {
  anchorsOf,
  blocksOf,
  codeSpansOf,
  filesIn,
  linksOf,
  markdownFiles,
  plain,
  readText,
  root,
  tableOf,
  tablesOf,
} from './support/markdown.js';

const benchFlags = Object.keys(flags).map((name) => `--${name}`);
const registry = await loadRegistry([]);
const types = [...registry.values()].map(({ definition }) => definition);
const settingNames = Object.keys(settings) as SettingName[];
const fileVariables = settingNames.flatMap((name) => fileVariableOf(name) ?? []);
const variables = [...settingNames.map(variableOf), ...fileVariables];
const manifest: {
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
} = JSON.parse(readText('package.json'));

describe('docs/performance.md', () => {
  const text = readText('docs/performance.md');

  it('has every scenario of the benchmark, in its order', () => {
    const rows = tableOf(text, 'scenario').rows;
    expect(rows.map(([name]) => plain(name))).toEqual(scenarios.map(({ name }) => name));
  });

  it('has every flag of the benchmark', () => {
    const named = tableOf(text, 'flag').rows.flatMap(([cell = '']) => cell.match(/--[\w-]+/g) ?? []);
    expect([...named, '--full'].sort()).toEqual([...benchFlags].sort());
  });

  it('has its figures quoted in README.md as they were measured', async () => {
    const order = scenarios.map(({ name }) => name);
    expect(readText('README.md')).toContain(quoteOf(await readResults(join(root, resultsFolder), order)));
  });
});

describe('docs/errors.md', () => {
  const text = readText('docs/errors.md');
  const documented = tablesOf(text).filter(({ head }) => head[0] === 'code');

  it('has every code of the platform and of the job types once, with status, title, occasion and retry', () => {
    const codes = [...Object.keys(errors), ...types.flatMap((type) => Object.keys(type.errors))];
    const expected = codes.map((code) => {
      const { status, title, when, retry } = errorDefinitionOf(code, registry);
      return [`\`${code}\``, String(status), title, when, retry ? 'yes' : 'no'];
    });
    expect(documented.flatMap(({ rows }) => rows).sort()).toEqual(expected.sort());
    for (const { head } of documented) expect(head).toEqual(['code', 'status', 'title', 'when', 'retried?']);
  });

  const declaring = types.filter((type) => Object.keys(type.errors).length > 0);
  it.each(declaring.map(({ type, errors }) => [type, errors] as const))(
    'has the codes of %s under its name',
    (type, errors) => {
      const [, section = ''] = text.split(`### \`${type}\`\n`);
      const { rows } = tableOf(section, 'code');
      expect(rows.map(([code]) => plain(code))).toEqual(Object.keys(errors));
    },
  );

  describe('its example', () => {
    let api: TestApi;
    beforeAll(async () => {
      api = await startApi();
    });
    afterAll(() => api.close());

    it('is what the API answers', async () => {
      const [request = '', answer = ''] = blocksOf(text, 'json');
      const expected: { requestId: string } = JSON.parse(answer);
      const { body } = await api.http
        .post('/api/jobs')
        .set('X-Request-Id', expected.requestId)
        .send(JSON.parse(request))
        .expect(422)
        .expect('Content-Type', /^application\/problem\+json/);
      expect(body).toEqual(expected);
      const members = tableOf(text, 'member').rows.map(([member]) => plain(member));
      expect(members.sort()).toEqual(Object.keys(body).sort());
    });
  });
});

describe('docs/job-states.md', () => {
  const text = readText('docs/job-states.md');
  const [diagram = ''] = blocksOf(text, 'mermaid');
  const lines = diagram.trim().split('\n').slice(1);
  const statuses = [...jobStatuses].sort();

  it('draws exactly the statuses that there are, and says what causes each transition', () => {
    const drawn = lines.flatMap((line) => {
      const [, from, to, label] = /^\s*(\S+) --> (\S+) : (\S.*)$/.exec(line) ?? [];
      if (label !== undefined) return [from, to];
      const [, state] = /^\s*(\w+) : \S.*$/.exec(line) ?? [];
      expect(state, `a transition with its cause, or a state with its words: ${line}`).toBeDefined();
      return [state];
    });
    expect([...new Set(drawn)].filter((state) => state !== '[*]').sort()).toEqual(statuses);
  });

  it('has exactly the statuses in its table', () => {
    const { rows } = tableOf(text, 'status');
    expect(rows.map(([status]) => plain(status)).sort()).toEqual(statuses);
  });

  it('names every field of a job, and none besides', () => {
    const { rows } = tableOf(text, 'status');
    const [, always = ''] = /^Every job has (.+)$/m.exec(text) ?? [];
    const named = codeSpansOf([always, ...rows.map(([, , fields]) => fields)].join('\n'));
    const fields = Object.keys(jobSchema.shape);
    expect([...new Set(named)].filter((name) => fields.includes(name)).sort()).toEqual(fields.sort());
    expect(named.filter((name) => !fields.includes(name))).toEqual([]);
  });
});

describe('docs/dependencies.md', () => {
  const text = readText('docs/dependencies.md');
  const [atRunTime, forDevelopment] = tablesOf(text).filter(({ head }) => head[0] === 'package');

  it.each([
    ['dependencies', manifest.dependencies, atRunTime],
    ['devDependencies', manifest.devDependencies, forDevelopment],
  ])('has the %s of package.json, and none besides', (_, declared, table) => {
    expect(table?.rows.map(([name]) => plain(name)).sort()).toEqual(Object.keys(declared).sort());
    for (const row of table?.rows ?? []) expect(row.filter((cell) => cell === '')).toEqual([]);
  });

  it('names the licence that each installed package has', () => {
    const differing = [atRunTime, forDevelopment]
      .flatMap((table) => table?.rows ?? [])
      .map(([name, , licence]) => [plain(name), licence, licenceOf(plain(name))])
      // Two packages refer to a text in place of an SPDX expression.
      .filter(([, documented, actual]) => documented !== actual && !actual?.startsWith('SEE LICENSE IN '));
    expect(differing).toEqual([]);
  });

  function licenceOf(name: string): string {
    const { license }: { license: string } = JSON.parse(readText(`node_modules/${name}/package.json`));
    return license;
  }
});

describe('docs/configuration.md', () => {
  const text = readText('docs/configuration.md');

  it('has every setting with its default and meaning, and none besides', () => {
    const expected = Object.entries(settings).map(([name, { fallback, meaning }]) => [
      `\`${variableOf(name as SettingName)}\``,
      fallback === undefined ? 'none' : fallback === '' ? 'empty' : `\`${fallback}\``,
      meaning,
    ]);
    expect(tableOf(text, 'variable').rows).toEqual(expected);
  });

  it('has the variable of the file of each secret, and none besides', () => {
    const named = codeSpansOf(text).filter(
      (span) =>
        /^[A-Z_]+_FILE$/.test(span) &&
        !Object.keys(settings).some((name) => variableOf(name as SettingName) === span),
    );
    expect([...new Set(named)].sort()).toEqual([...fileVariables].sort());
  });

  it('has every flag of the help, and none besides', () => {
    const documented = tableOf(text, 'flag').rows.flatMap(([flag = '']) => codeSpansOf(flag));
    expect(documented.filter((flag) => flag.startsWith('--')).sort()).toEqual(flagsOf(helpText()));
  });
});

describe('docs/waiting.md', () => {
  it('has every reason with when it holds and what to do, and none besides', () => {
    const { head, rows } = tableOf(readText('docs/waiting.md'), 'reason');
    expect(head).toEqual(['reason', 'when it holds', 'what to do']);
    expect(rows.map(([code, when]) => [code, when])).toEqual(
      Object.entries(whyCodes).map(([code, when]) => [`\`${code}\``, when]),
    );
    expect(rows.filter(([, , advice]) => advice === '')).toEqual([]);
  });
});

describe.each(markdownFiles())('%s', (file) => {
  const text = readText(file);
  const spans = codeSpansOf(text);

  it('links only to what is there', () => {
    const broken = linksOf(text).filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : join(dirname(file), decodeURIComponent(path));
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !anchorsOf(readText(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names only paths that are there', () => {
    const paths = spans
      .filter((span) => /^(?:(?:src|test|docs|scripts|examples)\/\S*|\.ci\/run|\w+\.ya?ml)$/.test(span))
      // Of a pattern or a placeholder, the folder it is in.
      .map((span) => span.replace(/[^/]*[*<{…].*$/, ''));
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names only npm scripts that are there', () => {
    const scripts = [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short ?? '',
    );
    expect(scripts.filter((script) => !Object.hasOwn(manifest.scripts, script))).toEqual([]);
  });

  it('names only settings that are there', () => {
    const named = [...spans.flatMap(settingIn), ...blocksOf(text).flatMap(assignmentsIn)];
    const ours = named.filter((name) => !otherVariables.has(name) && !name.startsWith('OTEL_'));
    expect(ours.filter((name) => !variables.includes(name))).toEqual([]);
  });

  it('names only flags that jobwright has', () => {
    const lines = text.split('\n').flatMap((line) => {
      const [, flags] =
        /(?:\bjobwright|npm start --|npm run (?:api|worker|dev) --) +(--[^`#|]*)/.exec(line) ?? [];
      return flags ?? [];
    });
    const named = [...lines, ...spans.filter((span) => span.startsWith('--'))].flatMap(flagsOf);
    const known = [...flagsOf(helpText()), ...benchFlags];
    expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
  });

  it('names only operations that are there', () => {
    const requests = [...text.matchAll(/\b(GET|POST|PUT|PATCH|DELETE|HEAD) (\/[^\s`'")|,;]*)/g)].map(
      ([, method, path = '']) => ({ method, path }),
    );
    const paths = [
      ...spans.filter((span) => /^\/(?:api\/|livez|readyz|health)/.test(span)),
      // In commands, whatever server they name.
      ...[...text.matchAll(/https?:\/\/(?:localhost|127\.0\.0\.1)(?::\d+)?(\/api\/[^\s`'")|]*)/g)].map(
        ([, path = '']) => path,
      ),
    ].map((path) => ({ method: undefined, path }));
    expect([...requests, ...paths].filter((request) => !isServed(request))).toEqual([]);
  });
});

describe('docs/threat-model.md', () => {
  it('has for each threat what stands against it, and the tests that have tried it', () => {
    const { head, rows } = tableOf(readText('docs/threat-model.md'), 'threat');
    expect(head).toEqual(['threat', 'what stands against it', 'tried by']);
    for (const [threat, defence = '', tests = ''] of rows) {
      expect(defence, threat).not.toBe('');
      expect(tests, threat).toMatch(/^(`test\/[\w./-]+\.ts`(, |$))+$/);
    }
  });
});

describe('the registry of job types', () => {
  it('has every file of src/workers/processors/, and every built-in type is such a file or needs the queue', () => {
    const registered = [...registry.values()].map(({ moduleUrl }) => basename(fileURLToPath(moduleUrl)));
    const processors = filesIn('src/workers/processors').map((file) => basename(file));
    expect([...processors, 'bulk-operation.ts'].sort()).toEqual(registered.sort());
  });
});

describe('the table of operations', () => {
  it('has something of every file of src/api/operations/, and nothing that comes from elsewhere', async () => {
    const contributed = new Set<Operation>();
    for (const file of filesIn('src/api/operations')) {
      const exported: Record<string, unknown> = await import(join(root, file));
      const own = operations.filter((operation) => Object.values(exported).includes(operation));
      expect(own, file).not.toEqual([]);
      for (const operation of own) contributed.add(operation);
    }
    expect(operations.filter((operation) => !contributed.has(operation))).toEqual([]);
  });

  it('gives the OpenAPI document that is stored', () => {
    expect(readFileSync(join(root, 'openapi.yaml'), 'utf8') === openApiYaml(operations, registry)).toBe(true);
  });
});

/** Variables that documents may name although they are no settings of ours. */
const otherVariables = new Set([
  'NODE_OPTIONS',
  'LD_LIBRARY_PATH',
  // Of test/api/fuzz.test.ts.
  'FUZZ_RUNS',
  'FUZZ_SEED',
  // Of the Dockerfile, of compose.yaml and of the trials in deploy/.
  'NODE_IMAGE',
  'REVISION',
  'JOBWRIGHT_BIND',
  'JOBWRIGHT_PORT',
  'JOBWRIGHT_TAG',
  'ENGINE',
]);

/** What the router serves beside the operations. */
const documentationPaths = ['/', '/docs', '/docs/', '/openapi.json', '/openapi.yaml'];

/** `REDIS_URL`, or `PORT=4000`: a word alone (`SIGTERM`, `GET`) may be something else. */
function settingIn(span: string): string[] {
  const [, name = '', value] = /^([A-Z][A-Z0-9_]*)(=.*)?$/.exec(span) ?? [];
  return name.includes('_') || value !== undefined ? [name] : [];
}

/** `NAME=value` in a command; not a variable of the shell that the same block uses again. */
function assignmentsIn(block: string): string[] {
  return [...block.matchAll(/(?:^|\s)([A-Z][A-Z0-9_]*)=/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !block.includes(`$${name}`) && !block.includes(`\${${name}}`));
}

function flagsOf(text: string): string[] {
  return [...text.matchAll(/(?:^|[\s`])(--[a-z][a-z-]*)/gm)].map(([, flag = '']) => flag).sort();
}

function isServed({ method, path }: { method: string | undefined; path: string }): boolean {
  const [asked = ''] = path.replaceAll(/\{(\w+)\}/g, ':$1').split(/[?#]/);
  // `/api/…`: all that begins so.
  const [, start] = /^(.*?)(?:…|\.\.\.)$/.exec(asked) ?? [];
  if (start !== undefined) return operations.some((operation) => operation.path.startsWith(start));
  if (documentationPaths.includes(asked)) return method === undefined || method === 'GET';
  const wanted = method === 'HEAD' ? 'get' : method?.toLowerCase();
  return operations.some(
    (operation) =>
      (wanted === undefined || operation.method === wanted) &&
      new RegExp(`^${operation.path.replaceAll(/:\w+/g, '[^/]+')}/?$`).test(asked),
  );
}
