/** Entry of the worker server. */
import { serve } from '../serve.js';
import { startWorkerServer } from './server.js';

void serve('worker', startWorkerServer);
