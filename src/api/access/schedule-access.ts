/**
 * Schedules as a client names them. Each tenant chooses its ids for itself. Whoever sees all tenants names those of
 * another `tenant/id`, and those of nobody `/id`, with the slash written %2F in a path.
 */
import type { Request } from 'express';
import type { Schedule } from '../../models/schedule.js';
import { nameOf, type Schedules } from '../../queue/schedules/schedules.js';
import { noSchedule } from '../submission/check-schedule.js';
import { isVisible, type Principal, principalOf } from './principal.js';

/**
 * The schedule in the path of a request.
 *
 * @throws Failure `schedule_not_found` also for one that the client does not see; `queue_unavailable`
 */
export async function scheduleOf(
  request: Request,
  schedules: Schedules,
): Promise<{ name: string; schedule: Schedule }> {
  const id = String(request.params.id);
  const principal = principalOf(request);
  const name = nameBehind(id, principal);
  const schedule = await schedules.find(name);
  if (schedule === undefined || !isVisible(principal, schedule)) throw noSchedule(id);
  return { name, schedule };
}

function nameBehind(id: string, { tenant, sees }: Principal): string {
  if (sees !== undefined || !id.includes('/'))
    return nameOf({ id, ...(tenant === undefined ? {} : { tenant }) });
  return id.replace(/^\//, '');
}

/** How the client names it: a segment of a path. */
export const segmentOf = ({ id, tenant }: Schedule, principal: Principal): string =>
  encodeURIComponent(tenant === principal.tenant ? id : `${tenant ?? ''}/${id}`);
