/**
 * Joins what the servers load at their start, a thousand small files of ours and of packages, into a few: dist/index.js,
 * dist/workers/worker-server.js and dist/cli/jobwright.js become their beginnings, the rest is in dist/chunks/. Finding,
 * reading and linking so many files was half of a start. All other files of dist/ stay as the compiler left them:
 * threads load those, and job types from elsewhere do. Runs after the compiler, in a process of its own.
 */
import { dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './install.mjs';

const dist = join(root, 'dist');
const servers = ['index', 'workers/worker-server', 'cli/jobwright'];

/** Packages that look for files beside themselves, or are compiled. */
const staysOutside = ['pino', 'piscina', 'sharp'];

const bundle = await rolldown({
  input: Object.fromEntries(servers.map((name) => [name, join(dist, `${name}.js`)])),
  platform: 'node',
  // ES modules where a package has both: of those, what nobody uses is left out.
  resolve: { mainFields: ['module', 'main'] },
  plugins: [leaveOutside(), keepOwnUrls()],
});
await bundle.write({
  dir: dist,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  sourcemap: true,
  sourcemapExcludeSources: true,
});

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

/** To a module of ours `import.meta.url` stays the place that the compiler gave it, wherever its code lies now. */
function keepOwnUrls() {
  const ownUrl = /__ownUrl\("(.+?)"\)/g;
  return {
    name: 'keep-own-urls',
    transform(code, id) {
      if (!id.startsWith(`${dist}/`) || !code.includes('import.meta.url')) return;
      return { code: code.replaceAll('import.meta.url', `__ownUrl("${relative(dist, id)}")`), map: null };
    },
    renderChunk(code, { fileName }) {
      if (!code.includes('__ownUrl(')) return;
      const place = (own) => JSON.stringify(`./${relative(dirname(fileName), own)}`);
      return {
        code: code.replace(ownUrl, (_, own) => `new URL(${place(own)}, import.meta.url).href`),
        map: null,
      };
    },
  };
}
