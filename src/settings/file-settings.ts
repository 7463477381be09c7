/** Where files are, how large they may be, and how long they are kept. */
import { z } from 'zod';
import { filesUrl, integer } from './forms.js';
import { secret, setting } from './setting.js';

export const fileSettings = {
  filesUrl: setting(
    filesUrl,
    undefined,
    'Where files are: `file:///path` or `s3://bucket/prefix`; a folder in `DATA_DIR` when absent.',
  ),
  filesAccessKeyId: setting(
    z.string().min(1),
    undefined,
    'Access key for files in S3; as the AWS tools find one when absent.',
  ),
  filesSecretAccessKey: secret(setting(z.string().min(1), undefined, 'Its secret. Both are given, or none.')),
  uploadBytesMax: setting(
    integer(1, 1_099_511_627_776),
    '104857600',
    'Largest file that can be uploaded, in bytes.',
  ),
  uploadQuotaBytes: setting(
    integer(0, 1_125_899_906_842_624),
    '0',
    'Bytes that a tenant may upload in a day (UTC), with API keys; 0 is no limit.',
  ),
  fileRetentionMs: setting(
    integer(1_000, 315_360_000_000),
    '604800000',
    'Uploads are removed after this long, in milliseconds (7 days); what a job made goes with the job.',
  ),
  imagePixelsMax: setting(
    integer(1, 1_000_000_000),
    '50000000',
    'Largest image: width times height times frames.',
  ),
};
