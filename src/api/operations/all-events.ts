/** `GET /api/events`: what happens to all jobs, as it happens. */
import { z } from 'zod';
import type { JobEvent } from '../../models/job-event.js';
import type { Registry } from '../../workers/registry.js';
import { isVisible, principalOf } from '../access/principal.js';
import {
  allEventsContent,
  eventKinds,
  resumptionParameters,
  streamHeaders,
} from '../events/event-schemas.js';
import { EventStream, resumptionOf, sendHead } from '../events/event-stream.js';
import { invalid, tryParse } from '../explain.js';
import type { Operation, Services } from '../operation.js';

export const getEvents: Operation = {
  id: 'getEvents',
  method: 'get',
  path: '/api/events',
  scope: 'read',
  tag: 'Jobs',
  summary: 'Follow all jobs',
  description:
    'Server-Sent Events: `status`, `progress`, `log` and `deleted` of all jobs as they happen, from now on or from where ' +
    '`Last-Event-ID` says, and `gap` where events are missing. The schema is that of `data`.',
  parameters: [
    {
      name: 'type',
      in: 'query',
      schema: z.string(),
      description: 'Only jobs of this type, or of these, separated by commas.',
      example: 'calculation,file_processing',
    },
    {
      name: 'kind',
      in: 'query',
      schema: z.string(),
      description: `Only events of this kind, or of these, separated by commas: ${eventKinds.join(', ')}.`,
      example: 'status,deleted',
    },
    ...resumptionParameters,
  ],
  responses: () => ({
    200: {
      description: 'The stream; it ends when the client leaves, or the server stops.',
      headers: streamHeaders,
      content: allEventsContent,
    },
  }),
  errors: ['validation_failed', 'too_many_streams', 'queue_unavailable'],
  handle: (services) => {
    const schema = querySchema(services.registry);
    return async (request, response) => {
      const query = tryParse(schema, request.query);
      // The pointer of a parameter is its name.
      if ('mistakes' in query)
        throw invalid(query.mistakes.map((mistake) => ({ ...mistake, pointer: nameIn(mistake.pointer) })));
      if (request.method === 'HEAD') return sendHead(response);
      const { type: types, kind: kinds } = query.value;
      const principal = principalOf(request);
      const isWanted = (event: JobEvent) =>
        isVisible(principal, event) &&
        (types?.includes(event.type) ?? true) &&
        (kinds?.includes(event.kind) ?? true);
      const stream = await EventStream.open(services, response, undefined, ({ id, event, json }) => {
        if (isWanted(event)) stream.send(event.kind, json, id);
      });
      try {
        await follow(services, stream, resumptionOf(request)?.after);
      } catch (error) {
        if (response.headersSent) stream.cut();
        else stream.release();
        throw error;
      }
    };
  },
};

/** Resolves once the stream is live, or has ended. */
async function follow(
  { events: { history } }: Services,
  stream: EventStream,
  after: string | undefined,
): Promise<void> {
  const position = after ?? (await history.last());
  let outcome = await stream.catchUp(position);
  // A client that leaves before anything happened comes back to here.
  if (outcome === 'live' && stream.lastId === position) stream.sendPosition(position);
  while (outcome === 'gap') {
    stream.begin();
    stream.send('gap', gapData);
    // What is left, from its second entry on: the first may be gone before it is read.
    outcome = await stream.catchUp(await history.first());
  }
}

const gapData = JSON.stringify({ detail: 'Events after the one you know are no longer kept.' });

const nameIn = (pointer: string) => pointer.split('/')[1] ?? '';

const querySchema = (registry: Registry) =>
  z.strictObject({
    type: listOf([...registry.keys()]),
    kind: listOf(eventKinds),
    lastEventId: z.string().optional(),
  });

/** `a,b`, and the same parameter more than once. */
const listOf = <Value extends string>(values: readonly Value[]) =>
  z
    .preprocess(
      (given) =>
        given === undefined ? undefined : [given].flat().flatMap((text) => String(text).split(',')),
      z.array(z.enum(values)).optional(),
    )
    .optional();
