/**
 * How many bytes an upload may have: the limit of one file, and what is left of the tenant's quota of today. What a
 * client announces is taken from the quota before the first byte is read, so uploads at the same time cannot get beyond it
 * together; what was not needed is given back.
 */
import type { Request } from 'express';
import { type Failure, failure } from '../models/failure.js';
import { UploadQuota } from '../queue/tenants/upload-quota.js';
import { principalOf } from './access/principal.js';
import type { Services } from './operation.js';

export interface UploadAllowance {
  bytesMax: number;
  /** To be called once, with what was stored: 0 where nothing was. Never fails. */
  settle(bytes: number): Promise<void>;
  /** What is thrown where the file has more bytes than it may. */
  tooLarge(error: Failure): Failure;
}

/** @throws Failure `quota_exceeded`; `queue_unavailable` where there is a quota and Redis does not answer */
export async function uploadAllowance(
  { config, queue }: Services,
  request: Request,
): Promise<UploadAllowance> {
  const { uploadBytesMax, uploadQuotaBytes } = config;
  const { tenant } = principalOf(request);
  if (tenant === undefined || uploadQuotaBytes === 0)
    return { bytesMax: uploadBytesMax, settle: async () => {}, tooLarge: (error) => error };
  const quota = new UploadQuota(queue.access, tenant, uploadQuotaBytes);
  const announced = request.get('Content-Length');
  const exceeded = () =>
    failure(
      'quota_exceeded',
      `The tenant ${tenant} may upload ${uploadQuotaBytes} bytes a day (UTC), and this file is more than is left.`,
      { headers: { 'Retry-After': String(quota.secondsLeft) } },
    );
  const granted =
    announced === undefined ? await quota.takeUpTo(uploadBytesMax) : await quota.take(Number(announced));
  if (granted === 0) throw exceeded();
  return {
    bytesMax: Math.min(uploadBytesMax, granted),
    settle: (bytes) => quota.giveBack(granted - bytes),
    tooLarge: (error) => (granted < uploadBytesMax && announced === undefined ? exceeded() : error),
  };
}
