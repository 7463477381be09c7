/** Limits of what clients send, wait for and hold open. */
import { integer } from './forms.js';
import { setting } from './setting.js';

export const requestLimits = {
  bodyBytesMax: setting(integer(1_024, 1_073_741_824), '10485760', 'Largest JSON body, inflated, in bytes.'),
  bodyTimeoutMs: setting(
    integer(100, 3_600_000),
    '30000',
    'A JSON body must be complete within this time, in milliseconds; a batch may not pause for longer.',
  ),
  batchItemsMax: setting(integer(1, 1_000_000), '10000', 'Most jobs of one batch.'),
  batchBytesMax: setting(
    integer(1_024, 1_099_511_627_776),
    '67108864',
    'Largest batch, inflated, in bytes; each of its jobs may have `BODY_BYTES_MAX`.',
  ),
  jsonDepthMax: setting(integer(1, 10_000), '64', 'Deepest nesting of a JSON body.'),
  jsonStringMax: setting(
    integer(1, 1_073_741_824),
    '1048576',
    'Longest text in a JSON body, and longest name of a member, in characters.',
  ),
  jsonItemsMax: setting(integer(1, 100_000_000), '1000000', 'Most items of one array in a JSON body.'),
  jsonMembersMax: setting(integer(1, 10_000_000), '10000', 'Most members of one object in a JSON body.'),
  urlLengthMax: setting(integer(256, 1_048_576), '8192', 'Longest path with its query, in characters.'),
  headersMax: setting(integer(10, 2_000), '200', 'Most headers of a request.'),
  headersBytesMax: setting(
    integer(1_024, 1_048_576),
    '16384',
    'Largest request line with all headers, in bytes.',
  ),
  headersTimeoutMs: setting(
    integer(100, 3_600_000),
    '15000',
    'The headers of a request must be complete within this time, in milliseconds.',
  ),
  requestTimeoutMs: setting(
    integer(100, 86_400_000),
    '300000',
    'A request must be here as a whole within this time, an upload too, in milliseconds.',
  ),
  idleTimeoutMs: setting(
    integer(100, 86_400_000),
    '60000',
    'A connection on which nothing moves for this long, in either direction, is closed, in milliseconds; one that waits for a job or for events is not.',
  ),
  connectionsMax: setting(
    integer(1, 1_000_000),
    '10000',
    'Connections that one API server holds open at once.',
  ),
  requestsMax: setting(
    integer(1, 1_000_000),
    '1000',
    'Requests that one API server has under way at once; those that wait for a job or for events have their own limits.',
  ),
  rateLimit: setting(
    integer(0, 1_000_000),
    '5000',
    'Requests that one address may send to all API servers in 10 seconds; 0 is no limit.',
  ),
  keyRateLimit: setting(
    integer(0, 1_000_000),
    '5000',
    'Requests that may be sent with one API key to all API servers in 10 seconds; 0 is no limit.',
  ),
  queueQuota: setting(
    integer(0, 1_000_000_000),
    '0',
    'Unfinished jobs that a tenant may have when it submits more, with API keys; 0 is no limit.',
  ),
  waitMsMax: setting(
    integer(0, 3_600_000),
    '60000',
    'Longest wait that a request may ask for with `Prefer: wait`, in milliseconds; 0 is none.',
  ),
  waitsMax: setting(
    integer(0, 1_000_000),
    '5000',
    'Requests that wait with `Prefer: wait` in one API server at once; further ones are answered without a wait.',
  ),
  eventHeartbeatMs: setting(
    integer(50, 600_000),
    '15000',
    'Between two signs of life on a stream of events where nothing happens, in milliseconds.',
  ),
  streamsMax: setting(
    integer(1, 1_000_000),
    '5000',
    'Streams of events that one API server holds open at once.',
  ),
};
