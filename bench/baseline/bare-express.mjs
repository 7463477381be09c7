/**
 * Express and its body parser, nothing else: how fast a server of that kind can start at all.
 *
 *     node bench/baseline/bare-express.mjs
 */
import express from 'express';

const app = express();
app.use(express.json());
app.post('/api/jobs', (request, response) =>
  response.status(202).json({ jobId: '1', payload: request.body }),
);
const server = app.listen(0, '127.0.0.1', () =>
  process.send?.({ kind: 'ready', url: `http://127.0.0.1:${server.address().port}` }),
);
process.once('disconnect', () => process.exit(0));
