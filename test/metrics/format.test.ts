import { describe, expect, it } from 'vitest';
import { definitions, type Role } from '../../src/metrics/definitions.js';
import { createMetrics } from '../../src/metrics/metrics.js';
import { loadRegistry } from '../../src/workers/registry.js';
import { plain, readText, tableOf } from '../support/markdown.js';
import { mistakesIn, mistakesInName } from '../support/prometheus.js';

const types = [...(await loadRegistry([])).values()].map(({ definition }) => definition);
const all = Object.values(definitions);

describe('the definitions', () => {
  it.each(all.map((definition) => [definition.name, definition] as const))(
    '%s follows the rules of Prometheus for names',
    (name, { kind, labels, help }) => {
      expect(mistakesInName(name, kind, labels)).toEqual([]);
      expect(name.startsWith('jobwright_')).toBe(true);
      expect(help).toMatch(/^[A-Z0-9].+\.$/s);
    },
  );

  it('are as docs/metrics.md has them, and none besides', () => {
    const { head, rows } = tableOf(readText('docs/metrics.md'), 'figure');
    expect(head).toEqual(['figure', 'kind', 'labels', 'of', 'meaning']);
    expect(rows).toEqual(
      all.map(({ name, kind, labels, roles, help }) => [
        `\`${name}\``,
        kind,
        labels.map((label) => `\`${label}\``).join(', '),
        roles.length === 2 ? 'both' : roles[0] === 'api' ? 'API' : 'worker',
        help,
      ]),
    );
    expect(new Set(rows.map(([name]) => plain(name))).size).toBe(all.length);
  });
});

describe.each<Role>(['api', 'worker'])('the figures of the role %s', (role) => {
  it('are written as Prometheus reads them, those of the role and of the process', async () => {
    const metrics = createMetrics(role, types);
    metrics.counts.submitted('calculation');
    metrics.counts.started('calculation', 12.5);
    metrics.figures.httpRequestDuration.observe({ method: 'GET', route: 'x"\\\ny', status_class: '2xx' }, 1);
    const text = await metrics.text();
    expect(mistakesIn(text)).toEqual([]);
    const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind = '']) => ({
      name,
      kind,
    }));
    const own = told.filter(({ name }) => name.startsWith('jobwright_'));
    expect(own).toEqual(
      all.flatMap(({ name, kind, roles }) => (roles.some((each) => each === role) ? [{ name, kind }] : [])),
    );
    // Of the process: Prometheus's own linter finds nothing in them either.
    for (const { name, kind } of told)
      expect(kind !== 'counter' && name.endsWith('_total'), name).toBe(false);
    expect(told.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds']),
    );
  });

  it('have no label beyond their bounds, whatever is counted', async () => {
    const { counts, text } = createMetrics(role, types);
    for (let number = 0; number < 100; number += 1) {
      counts.submitted(`unknown_${number}`);
      counts.ended(`unknown_${number}`, `code_${number}`, {});
      counts.ended('calculation', `code_${number}`, {});
    }
    const lines = (await text()).split('\n').filter((line) => /unknown_|code_\d/.test(line));
    expect(lines).toEqual([]);
    expect(await text()).toContain(
      'jobwright_jobs_failed_total{type="other",lane="other",code="other"} 100\n',
    );
    expect(await text()).toContain(
      'jobwright_jobs_failed_total{type="calculation",lane="short",code="other"} 100\n',
    );
  });
});

describe('mistakesIn', () => {
  it.each([
    ['# HELP a b\n# TYPE a counter\na 1', 'the last line has no end'],
    ['# TYPE a counter\na 1\n', 'no HELP before it'],
    ['# HELP a b\n# TYPE a counter\na{b="c} 1\n', 'no sample'],
    ['# HELP a b\n# TYPE a counter\na{b="c"} 1\na{b="c"} 2\n', 'a second time'],
    ['# HELP a b\n# TYPE a counter\nb 1\n', 'not of a'],
    ['# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\n', 'less than the bucket'],
    ['# HELP a b\n# TYPE a histogram\na_bucket{le="+Inf"} 1\na_count 2\n', 'not the last bucket'],
  ])('finds what is wrong with %j', (text, mistake) => {
    expect(mistakesIn(text).join()).toContain(mistake);
  });
});
