/** The line of the log for each change of a schedule. */
import type { Response } from 'express';
import type { Services } from '../operation.js';

export function logSchedule(
  { log }: Services,
  response: Response,
  scheduleId: string,
  action: 'create' | 'change' | 'delete',
): void {
  log.info({ requestId: response.getHeader('X-Request-Id'), scheduleId, action }, 'schedule changed');
}
