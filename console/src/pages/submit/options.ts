/** The options of a job that people ask for, in the words of the form. The API has a few more, in its documentation. */
import type { Schema } from '../../form/schema.js';

export const optionsSchema: Schema = {
  type: 'object',
  properties: {
    priority: {
      type: 'string',
      title: 'Priority',
      enum: ['low', 'normal', 'high', 'urgent'],
      default: 'normal',
      description: 'The more urgent go first; in order of arrival within a level.',
    },
    tags: {
      type: 'array',
      title: 'Tags',
      items: { type: 'string' },
      description: 'Words to find it by in the list of jobs.',
    },
    delayMs: {
      type: 'integer',
      title: 'Delay in milliseconds',
      minimum: 0,
      description: 'How long from now it may not start. Not together with a time.',
    },
    runAt: { type: 'string', format: 'date-time', title: 'Not before', description: 'When it may start.' },
    attempts: {
      type: 'integer',
      title: 'Attempts',
      minimum: 1,
      maximum: 100,
      description: 'Runs at the most; as its type says when empty.',
    },
    timeoutMs: {
      type: 'integer',
      title: 'Timeout in milliseconds',
      minimum: 100,
      description: 'Longest time that one attempt may take.',
    },
    callbackUrl: {
      type: 'string',
      format: 'uri',
      title: 'Callback URL',
      description: 'Where the finished job is posted, signed.',
    },
    fairnessKey: {
      type: 'string',
      title: 'Fairness key',
      description: 'Whose work it is: waiting jobs of different keys take turns.',
    },
    cache: {
      type: 'boolean',
      title: 'A result of before will do',
      default: true,
      description: 'Otherwise it is run, even if the same work has been done.',
    },
  },
};
