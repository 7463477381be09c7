/**
 * How the console is built: asset addresses are relative, so that it works under any path, and nothing is inlined, so
 * that it needs no exception from the content security policy.
 */
import { fileURLToPath } from 'node:url';

export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  logLevel: 'warn',
  build: {
    outDir: fileURLToPath(new URL('../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    license: false,
  },
  // `npm run dev:console`: the page from its sources, the API from a server that runs beside it.
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/api', '/docs', '/openapi', '/favicon.ico', '/readyz'].map((path) => [path, 'http://127.0.0.1:3000']),
    ),
  },
};
