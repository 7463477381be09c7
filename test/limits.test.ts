/** What docs/limits.md says, held against the code: every limit that can be set, and the constants that cannot. */
import { describe, expect, it } from 'vitest';
import { type SettingName, settings, variableOf } from '../src/config.js';
import { errors } from '../src/models/errors.js';
import { codeSpansOf, plain, readText, tableOf, tablesOf } from './support/markdown.js';

const text = readText('docs/limits.md');
const configurable = tableOf(text, 'what').rows;
const fixed = tablesOf(text).find(({ head }) => head[1] === 'value')?.rows ?? [];

describe('docs/limits.md', () => {
  it('has every setting that is a limit, each once', () => {
    const limits = Object.keys(settings)
      .filter((name) => /(Max|TimeoutMs|Limit|RetentionMs)$|Quota|^tombstoneMs$|^workers$/.test(name))
      .map((name) => variableOf(name as SettingName));
    expect(configurable.map(([, setting]) => plain(setting)).sort()).toEqual(limits.sort());
  });

  it('has their defaults', () => {
    const defaults = new Map(
      Object.entries(settings).map(([name, { fallback }]) => [variableOf(name as SettingName), fallback]),
    );
    for (const [what, setting, fallback] of configurable)
      expect(plain(fallback), what).toBe(defaults.get(plain(setting)));
  });

  it('names codes of the registry, with their statuses', () => {
    for (const [what, , , answer = ''] of configurable) {
      const codes = codeSpansOf(answer).filter((span) => /^[a-z]+(_[a-z]+)+$/.test(span));
      for (const code of codes) expect(Object.keys(errors), what).toContain(code);
      for (const [, status, code] of answer.matchAll(/(\d{3}) `(\w+)`/g))
        expect(errors[code as keyof typeof errors].status, what).toBe(Number(status));
    }
  });

  it.each(fixed)('is right about %s', (_, value, constant, file) => {
    const [, found = ''] =
      new RegExp(`const ${plain(constant)} = ([\\d_]+);`).exec(readText(plain(file))) ?? [];
    expect(found.replaceAll('_', '')).toBe(value);
  });
});
