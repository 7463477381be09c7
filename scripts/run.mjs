/**
 * `npm start`, `npm run api`, `npm run worker`: installs and builds what is missing, then runs the command
 * line in this very process, so that a signal sent to it arrives where it is handled. Arguments are flags of
 * `jobwright`: `npm start -- --port 4000`.
 */
import { build } from './build.mjs';
import { install } from './install.mjs';
import { stopWithNpm } from './stop-with-npm.mjs';

stopWithNpm();
await install();
await build();
await import('../dist/cli/jobwright.js');
