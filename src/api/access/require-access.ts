/**
 * Stands before every operation that is not open, in this order: who sends it, whether that client sends too much,
 * whether its key has the scope, and whether the job in the path is one that it sees. An operation on a job cannot
 * forget that: it follows from the path.
 */
import type { RequestHandler } from 'express';
import type { Scope } from '../../models/access.js';
import { type BulkPayload, bulkOperationType } from '../../models/bulk.js';
import { failure } from '../../models/failure.js';
import { prefixOf } from '../../models/type-id.js';
import type { JobQueue } from '../../queue/job-queue.js';
import { isOfTenant } from '../../queue/tenants/tenant-jobs.js';
import type { Operation, Services } from '../operation.js';
import { authenticate } from './authenticate.js';
import { allows, identify, type Principal } from './principal.js';

/** What to put before the handlers of an operation. */
export function accessTo({ path, scope }: Operation, { keys, limits, queue }: Services): RequestHandler[] {
  if (scope === 'open') return [];
  const isOfJob = path.startsWith('/api/jobs/:id');
  return [
    (request, response, next) => {
      const principal = authenticate(request, keys);
      identify(request, principal);
      if (principal.keyId !== undefined) limits.ofKey(principal.keyId, response);
      if (scope !== 'any') requireScope(principal, scope);
      if (!isOfJob || seesEverything(principal)) return next();
      return requireJob(queue, String(request.params.id), principal).then(() => next());
    },
  ];
}

/** @throws Failure `forbidden` */
function requireScope(principal: Principal, scope: Scope): void {
  if (allows(principal, scope)) return;
  throw failure('forbidden', `The key ${principal.keyId} lacks the scope ${scope}.`, {
    headers: { 'WWW-Authenticate': `Bearer realm="jobwright", error="insufficient_scope", scope="${scope}"` },
  });
}

const seesEverything = ({ sees, types }: Principal) => sees === undefined && types === undefined;

/**
 * Another tenant's job is not there, as one that never was.
 *
 * @throws Failure `job_not_found`, `queue_unavailable`
 */
async function requireJob(queue: JobQueue, id: string, { sees, types }: Principal): Promise<void> {
  const isThere =
    (sees === undefined || (await isOfTenant(queue.access, id, sees))) &&
    (types === undefined || (await isOfTypes(queue, id, types)));
  if (!isThere) throw failure('job_not_found', `There is no job ${JSON.stringify(id)}.`);
}

/** Of a bulk operation, what it is done to: it is no way to do, or to do again, what one may not do. */
async function isOfTypes(queue: JobQueue, id: string, types: ReadonlySet<string>): Promise<boolean> {
  const type = prefixOf(id) ?? '';
  if (type !== bulkOperationType || types.has(type)) return types.has(type);
  const payload = (await queue.find(id))?.payload as BulkPayload | undefined;
  return payload?.types.every((each) => types.has(each)) ?? false;
}
