/** Entry of the API server. */
import { startApiServer } from './api/server.js';
import { serve } from './serve.js';

void serve('api', startApiServer);
