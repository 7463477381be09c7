/**
 * The console: what `npm run build` has put into dist/console/, from memory, read when somebody first asks. Files with a
 * hash in their names are kept by browsers for ever, the page itself is asked for each time. It is a client of the API
 * like any other, and nothing but files.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler, Response } from 'express';
import { firstTime } from './first-time.js';

/** The same from src/api/ and from dist/api/. */
const builtFolder = fileURLToPath(new URL('../../dist/console/', import.meta.url));

export interface Console {
  /** Answers with the page. */
  page: RequestHandler;
  /** Answers with what the page loads, by its path from `/`; what is not there is for those that follow. */
  assets: RequestHandler;
}

/** @returns Undefined where it has not been built. */
export function openConsole(folder = builtFolder): Console | undefined {
  if (!existsSync(join(folder, 'index.html'))) return undefined;
  const files = firstTime(() => filesOf(folder));
  return {
    page: (_request, response, next) => {
      const page = files().get('/index.html');
      if (page === undefined) return next();
      response.set({ 'Content-Security-Policy': contentSecurityPolicy, 'Cache-Control': 'no-cache' });
      send(page, response);
    },
    assets: (request, response, next) => {
      const file = request.path.startsWith('/assets/') ? files().get(request.path) : undefined;
      if (file === undefined || !['GET', 'HEAD'].includes(request.method)) return next();
      response.set('Cache-Control', 'public, max-age=31536000, immutable');
      send(file, response);
    },
  };
}

/** Scripts, styles and fonts of our own and nothing else; pictures may be bytes that the page has fetched with its key. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

interface BuiltFile {
  mediaType: string;
  etag: string;
  /** By content coding. */
  bytes: ReadonlyMap<string, Buffer>;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

const codings = { br: '.br', gzip: '.gz' } as const;

/** By their path in a URL. */
function filesOf(folder: string): ReadonlyMap<string, BuiltFile> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in mediaTypes)
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.map((path) => [`/${relative(folder, path).replaceAll('\\', '/')}`, readBuilt(path)] as const),
  );
}

function readBuilt(path: string): BuiltFile {
  const plain = readFileSync(path);
  const compressed = Object.entries(codings)
    .filter(([, extension]) => existsSync(path + extension))
    .map(([coding, extension]) => [coding, readFileSync(path + extension)] as const);
  return {
    mediaType: mediaTypes[extname(path)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    bytes: new Map([...compressed, ['identity', plain]]),
  };
}

function send({ mediaType, etag, bytes }: BuiltFile, response: Response): void {
  const { req: request } = response;
  const accepted = request.acceptsEncodings([...bytes.keys()]);
  const coding = typeof accepted === 'string' ? accepted : 'identity';
  response.set({ 'Content-Type': mediaType, ETag: etag }).vary('Accept-Encoding');
  if (request.fresh) return void response.status(304).end();
  if (coding !== 'identity') response.set('Content-Encoding', coding);
  response.end(request.method === 'HEAD' ? undefined : bytes.get(coding));
}
