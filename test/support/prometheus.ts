/** What Prometheus would read at an address: parsed, and held against its rules. */
import parse from 'parse-prometheus-text-format';

export interface Scrape {
  text: string;
  /**
   * The sum of the samples with these labels among theirs; of a histogram, their counts. Undefined where there is no
   * such sample.
   */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

/** @param url With the path. */
export async function scrape(url: string): Promise<Scrape> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
  const contentType = response.headers.get('content-type');
  if (contentType !== 'text/plain; version=0.0.4; charset=utf-8')
    throw new Error(`${url} has the content type ${contentType}`);
  const text = await response.text();
  // The parser makes one of all histograms of a family, whatever their labels: it reads them as plain samples.
  const families = parse(
    text.replace(/^# (?:HELP|TYPE) (\S+) .*$/gm, (told) => (isOfHistogram(told, text) ? '' : told)),
  );
  const samplesOf = (name: string) =>
    families.flatMap((family) => (family.name === name ? family.metrics : []));
  return {
    text,
    value(name, labels = {}) {
      const found = [...samplesOf(name), ...samplesOf(`${name}_count`)].filter((sample) =>
        Object.entries(labels).every(([label, value]) => sample.labels?.[label] === value),
      );
      return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + Number(value), 0);
    },
  };
}

const isOfHistogram = (told: string, text: string) =>
  text.includes(`# TYPE ${told.split(' ')[2]} histogram\n`);

const line =
  /^(?<name>[a-zA-Z_][a-zA-Z0-9_]*)(?:\{(?<labels>(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*")(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*")*)\})? (?<value>[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf|nan))$/i;

/**
 * Mistakes of a text in the format of Prometheus: its grammar, HELP and TYPE once before the samples of a family, all of
 * them together, no sample twice, histograms that add up.
 */
export function mistakesIn(text: string): string[] {
  const mistakes: string[] = [];
  const seen = new Set<string>();
  const told = { help: new Set<string>(), type: new Map<string, string>() };
  const buckets = new Map<string, number[]>();
  let family = '';
  if (!text.endsWith('\n')) mistakes.push('the last line has no end');
  for (const [index, given] of text.split('\n').entries()) {
    const at = `line ${index + 1}: ${given}`;
    if (given === '') continue;
    const [, keyword, about = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_]\w*) (.+)$/.exec(given) ?? [];
    if (keyword === 'HELP') {
      if (told.help.has(about)) mistakes.push(`a second HELP: ${at}`);
      told.help.add(about);
      family = about;
    } else if (keyword === 'TYPE') {
      if (told.type.has(about)) mistakes.push(`a second TYPE: ${at}`);
      if (about !== family) mistakes.push(`no HELP before it: ${at}`);
      if (!['counter', 'gauge', 'histogram', 'summary'].includes(rest)) mistakes.push(`no type: ${at}`);
      told.type.set(about, rest);
    } else {
      const { name = '', labels = '', value = '' } = line.exec(given)?.groups ?? {};
      if (name === '') {
        mistakes.push(`no sample: ${at}`);
        continue;
      }
      const suffixes = told.type.get(family) === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
      if (!suffixes.some((suffix) => name === `${family}${suffix}`)) mistakes.push(`not of ${family}: ${at}`);
      const series = `${name}{${labels}}`;
      if (seen.has(series)) mistakes.push(`a second time: ${at}`);
      seen.add(series);
      if (told.type.get(family) === 'counter' && !(Number(value) >= 0)) mistakes.push(`negative: ${at}`);
      if (name.endsWith('_bucket')) {
        const key = `${family}{${labels.replace(/,?le="[^"]*",?/, '')}}`;
        const before = buckets.get(key)?.at(-1) ?? 0;
        if (Number(value) < before) mistakes.push(`less than the bucket before: ${at}`);
        buckets.set(key, [...(buckets.get(key) ?? []), Number(value)]);
      }
      if (name === `${family}_count` && buckets.get(`${family}{${labels}}`)?.at(-1) !== Number(value))
        mistakes.push(`not the last bucket: ${at}`);
    }
  }
  return mistakes;
}

/** Mistakes of a name, by https://prometheus.io/docs/practices/naming/ */
export function mistakesInName(name: string, type: string, labels: readonly string[]): string[] {
  const words = name.split('_');
  return [
    ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : ['letters, digits and underscores only']),
    ...(type === 'counter' && !name.endsWith('_total') ? ['a counter ends in _total'] : []),
    ...(type !== 'counter' && /_(total|count|sum|bucket)$/.test(name) ? [`no ${type} ends so`] : []),
    ...(words.some((word) => ['counter', 'gauge', 'histogram', 'summary', type].includes(word))
      ? ['no type in the name']
      : []),
    ...(words.some((word) => /^(ms|milliseconds?|micros.*|minutes?|hours?|kilobytes?|mb|percent)$/.test(word))
      ? ['base units only']
      : []),
    ...(words.some((word) => ['time', 'duration', 'age', 'latency'].includes(word)) && !/_seconds$/.test(name)
      ? ['a time is in seconds']
      : []),
    ...(type === 'histogram' && !/_(seconds|bytes)$/.test(name) ? ['a unit at the end'] : []),
    ...labels.flatMap((label) =>
      /^[a-z][a-z_]*$/.test(label) && !['le', 'quantile', 'job', 'instance'].includes(label)
        ? []
        : [`the label ${label}`],
    ),
  ];
}
