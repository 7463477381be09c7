/**
 * Joins what the servers load at their start, a thousand small files of ours and of packages, into a few in dist/chunks/,
 * and has V8 compile them once: finding, linking and compiling so many files was most of a start. dist/index.js,
 * dist/workers/worker-server.js and dist/cli/jobwright.js then run those (`src/joined.cjs`). All other files of dist/ stay
 * as the compiler left them: threads load those, and job types from elsewhere do. Runs after the compiler, in a process
 * of its own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

const dist = join(root, 'dist');
const servers = ['index', 'workers/worker-server', 'cli/jobwright'];

/** Packages that look for files beside themselves, or are compiled. */
const staysOutside = ['pino', 'piscina', 'sharp'];

const bundle = await rolldown({
  input: Object.fromEntries(servers.map((name) => [basename(name), join(dist, `${name}.js`)])),
  platform: 'node',
  // ES modules where a package has both: of those, what nobody uses is left out.
  resolve: { mainFields: ['module', 'main'] },
  plugins: [leaveOutside(), keepOwnUrls(), importFromOutside()],
});
const { output } = await bundle.write({
  dir: dist,
  format: 'cjs',
  entryFileNames: 'chunks/[name].cjs',
  chunkFileNames: 'chunks/[name]-[hash].cjs',
  sourcemap: true,
  sourcemapExcludeSources: true,
});

for (const name of servers) {
  const file = join(dist, `${name}.js`);
  const [shebang = ''] = /^#!.*\n/.exec(readFileSync(file, 'utf8')) ?? [];
  const toRoot = relative(dirname(file), dist) || '.';
  writeFileSync(
    file,
    `${shebang}import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { load } = createRequire(import.meta.url)('${toRoot}/joined.cjs');
load(fileURLToPath(new URL('${toRoot}/chunks/${basename(name)}.cjs', import.meta.url)));
`,
  );
}

// The entries start a server; all else only gets ready.
const { load, scripts, cacheOf } = createRequire(import.meta.url)(join(dist, 'joined.cjs'));
for (const { type, isEntry, fileName } of output)
  if (type === 'chunk' && !isEntry) load(join(dist, fileName));
for (const [file, script] of scripts()) writeFileSync(cacheOf(file), script.createCachedData());

/** A package that is imported when it is needed is not for the start. */
function leaveOutside() {
  return {
    name: 'leave-outside',
    resolveId(source, _importer, { kind }) {
      const isPackage = /^(@[\w-]+\/)?[\w-]/.test(source);
      if (isPackage && (kind === 'dynamic-import' || staysOutside.includes(source)))
        return { id: source, external: true };
    },
  };
}

/** To a module of ours `import.meta.url` stays the place that the compiler gave it: `joined.cjs` knows where dist/ is. */
function keepOwnUrls() {
  return {
    name: 'keep-own-urls',
    transform(code, id) {
      if (!id.startsWith(`${dist}/`)) return;
      const url = `new URL(${JSON.stringify(relative(dist, id))}, __dist).href`;
      return { code: code.replace(/^#!.*/, '').replaceAll('import.meta.url', url), map: null };
    },
  };
}

/** V8 does not know any more who imports, in what comes out of its cache: `joined.cjs` does it instead. What else looks like a call is in comments. */
function importFromOutside() {
  return {
    name: 'import-from-outside',
    renderChunk: (code) => ({ code: code.replaceAll(/(?<![\w$.])import\(/g, '__import('), map: null }),
  };
}
