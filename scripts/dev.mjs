/** `npm run dev`: everything from the sources, without a build; the servers restart on a change. */
import { install } from './install.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

stopWithNpm();
await install();
const { register } = await import('tsx/esm/api');
register();
await import('../src/cli/dev.ts');
