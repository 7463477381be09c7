/** The files of `deploy/`, parsed, as its tests read them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { fileVariableOf, type SettingName, settings, variableOf } from '../../src/config.js';
import { root } from './markdown.js';

/** A parsed document, of which nothing is known yet. */
// biome-ignore lint/suspicious/noExplicitAny: foreign documents; their schemas are what the tests hold them against
export type Manifest = any;

/** All documents of a YAML file, merge keys and anchors resolved. @throws Error where it is no YAML */
export const documentsOf = (file: string): Manifest[] =>
  parseAllDocuments(readFileSync(join(root, file), 'utf8'), { merge: true }).map((document) => {
    const [mistake] = document.errors;
    if (mistake !== undefined) throw new Error(`${file}: ${mistake.message}`);
    return document.toJS();
  });

/** YAML files of a folder and those below it, relative to the repository. */
export const yamlFilesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => join(folder, name))
    .sort();

const names = Object.keys(settings) as SettingName[];
const variables = names.flatMap((name) => [variableOf(name), fileVariableOf(name)]);

/** Of these variables, those that are no settings. */
export const unknownSettings = (given: readonly string[]): string[] =>
  given.filter((variable) => !variables.includes(variable));

/** Without those that name a file, which is there in a container only. */
export const withoutFiles = (environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).filter(([variable]) => !variable.endsWith('_FILE')));

/** `90s`, `2m`, `1m30s` in milliseconds. */
export function durationMs(text: string): number {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const parts = [...text.matchAll(/(\d+)(ms|s|m|h)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit as keyof typeof units], 0);
}

/** `768m`, `2g`, `512mb`, `2Gi` in bytes. */
export function sizeBytes(text: string): number {
  const [, number, unit = ''] = /^(\d+)\s*([kmg]?)i?b?$/i.exec(text) ?? [];
  return Number(number) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
}
