/** All scenarios, in the order of the report. */
import type { Scenario } from '../scenario.js';
import { drain } from './drain.js';
import { endToEnd } from './end-to-end.js';
import { flatness } from './flatness.js';
import { get } from './get.js';
import { growth } from './growth.js';
import { image } from './image.js';
import { listeners } from './listeners.js';
import { memory } from './memory.js';
import { post } from './post.js';
import { soak } from './soak.js';
import { start } from './start.js';
import { wait } from './wait.js';

export const scenarios: readonly Scenario[] = [
  post,
  get,
  endToEnd,
  drain,
  wait,
  flatness,
  memory,
  image,
  start,
  growth,
  listeners,
  soak,
];
