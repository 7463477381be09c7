/**
 * Where files are, as `FILES_URL` says: `file:///path`, or
 * `s3://bucket/prefix?region=…&endpoint=https://…&forcePathStyle=true`.
 */
import { fileURLToPath } from 'node:url';

export interface FolderLocation {
  kind: 'folder';
  folder: string;
}

export interface S3Location {
  kind: 's3';
  bucket: string;
  /** Before every key: empty, or with a slash at its end. */
  prefix: string;
  /** As the environment and the files of the AWS tools say when absent. */
  region?: string;
  /** Of a server that is not Amazon's. */
  endpoint?: string;
  /** `host/bucket/key` in place of `bucket.host/key`: most other servers need it. */
  forcePathStyle: boolean;
}

export type FilesLocation = FolderLocation | S3Location;

/** @returns The location, or what is expected instead. */
export function parseFilesUrl(text: string): FilesLocation | { expected: string } {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  switch (url?.protocol) {
    case 'file:':
      return folderLocation(url);
    case 's3:':
      return s3Location(url);
    default:
      return { expected: 'file:///path or s3://bucket/prefix' };
  }
}

function folderLocation(url: URL): FolderLocation | { expected: string } {
  if (url.host !== '' || url.search !== '' || url.hash !== '')
    return { expected: 'three slashes, a path and nothing else, as in file:///var/lib/jobwright' };
  try {
    return { kind: 'folder', folder: fileURLToPath(url) };
  } catch {
    return { expected: 'a path of this machine, as in file:///var/lib/jobwright' };
  }
}

const parameters = ['region', 'endpoint', 'forcePathStyle'];

function s3Location(url: URL): S3Location | { expected: string } {
  if (url.username !== '' || url.password !== '')
    return { expected: 'no credentials in the URL; they have settings of their own' };
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.host))
    return { expected: 'the name of a bucket after s3://, of 3 to 63 lower-case letters, digits, . and -' };
  const prefix = url.pathname.replace(/^\/|\/$/g, '');
  if (!/^(?:(?!\.{1,2}(?:\/|$))[\w!.*'()-]+(?:\/(?!$)|$))*$/.test(prefix))
    return { expected: "a prefix of letters, digits and any of / ! - _ . * ' ( ) after the bucket" };
  const query = url.searchParams;
  for (const name of new Set(query.keys())) {
    if (!parameters.includes(name))
      return { expected: `no parameters but ${parameters.join(', ')}, and not ${name}` };
    if (query.getAll(name).length > 1) return { expected: `${name} once` };
  }
  const region = query.get('region') ?? undefined;
  if (region !== undefined && !/^[a-z0-9-]+$/.test(region))
    return { expected: 'region=NAME, such as eu-central-1' };
  const endpoint = query.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !isEndpoint(endpoint))
    return { expected: 'endpoint=http(s)://HOST[:PORT] without credentials' };
  const pathStyle = query.get('forcePathStyle') ?? 'false';
  if (pathStyle !== 'true' && pathStyle !== 'false') return { expected: 'forcePathStyle=true or false' };
  return {
    kind: 's3',
    bucket: url.host,
    prefix: prefix === '' ? '' : `${prefix}/`,
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: pathStyle === 'true',
  };
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((part) => part === '');
}
