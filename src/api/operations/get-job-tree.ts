/** `GET /api/jobs/:id/tree`: the whole tree that a job belongs to. */
import { jobTreeSchema } from '../../models/job-tree.js';
import { jobTree, type TreeNode } from '../../queue/lists/job-tree.js';
import { exampleSummary } from '../example-jobs.js';
import { jobIdParameter } from '../job-id-parameter.js';
import type { Operation, Services } from '../operation.js';
import { representationOf } from './get-job.js';

export const getJobTree: Operation = {
  id: 'getJobTree',
  method: 'get',
  path: '/api/jobs/:id/tree',
  scope: 'read',
  tag: 'Jobs',
  summary: 'Read the tree that a job belongs to',
  description:
    'The whole tree, whichever of its jobs is named: from the root, or from the topmost job below one that was removed. A job ' +
    'without parent and children is a tree of one.',
  parameters: [jobIdParameter],
  responses: () => ({
    200: {
      description: 'The tree.',
      content: {
        'application/json': {
          schema: jobTreeSchema,
          examples: { tree: { summary: 'A job with a child', value: { root: exampleTree() } } },
        },
      },
    },
    304: { description: 'The tree is as `If-None-Match` says.' },
  }),
  errors: ['job_not_found', 'job_gone', 'queue_unavailable'],
  handle: (services) => async (request, response) => {
    const { queue, config } = services;
    const job = await queue.get(String(request.params.id));
    const { root, isCut } = await jobTree(queue.access, job, config.treeJobsMax);
    response
      .set('Cache-Control', 'no-cache')
      .json({ root: shown(root, services), ...(isCut ? { cut: true } : {}) });
  },
};

function shown(node: TreeNode, services: Services): object {
  if (!('job' in node)) return node;
  const { id, type, status, error, links } = representationOf(node.job, services);
  return {
    id,
    type,
    status,
    ...(node.onFailure === undefined ? {} : { onFailure: node.onFailure }),
    ...(error === undefined ? {} : { error }),
    links,
    children: node.children.map((child) => shown(child, services)),
  };
}

function exampleTree() {
  const { id, type, status, error, links } = exampleSummary;
  const parent = 'contact_sheet_01kb4nq5wq7yv2x3tqk0d9m6re';
  const self = `/api/jobs/${parent}`;
  return {
    id: parent,
    type: 'contact_sheet',
    status: 'pending',
    links: {
      self,
      type: '/api/types/contact_sheet',
      events: `${self}/events`,
      logs: `${self}/logs`,
    },
    children: [{ id, type, status, onFailure: 'continue', error, links, children: [] }],
  };
}
