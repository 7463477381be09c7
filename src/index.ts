/** Entry of the API server. */
import { startApiServer } from './api/server.js';
import { serve } from './serve.js';

await serve('api', startApiServer);
