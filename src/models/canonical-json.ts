/**
 * One spelling for one value: object keys sorted by UTF-16 code units, numbers and strings as JSON.stringify
 * writes them (the idea of RFC 8785). Two requests that mean the same give the same text.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) {
    // Mostly numbers, and many of them.
    if (value.every((item) => typeof item === 'number')) return JSON.stringify(value);
    return `[${value.map((item) => canonicalJson(item ?? null)).join()}]`;
  }
  let members = '';
  for (const [key, member] of Object.entries(value).sort(byKey)) {
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : a > b ? 1 : 0);
