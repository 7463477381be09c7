/** What can be done to many jobs, in which statuses, and in which words. */
import type { BulkAction, JobStatus } from '../../api-types.js';
import type { IconName } from '../../parts/icon.js';

interface BulkWords {
  label: string;
  icon: IconName;
  statuses: readonly JobStatus[];
  /** After the count. */
  question: string;
  warning: string;
}

export const bulkActions: Readonly<Record<BulkAction, BulkWords>> = {
  retry: {
    label: 'Retry',
    icon: 'retry',
    statuses: ['failed', 'cancelled'],
    question: 'run again',
    warning: 'Each runs again under its id, with as many attempts as its type gives.',
  },
  cancel: {
    label: 'Cancel',
    icon: 'stop',
    statuses: ['pending', 'scheduled', 'blocked', 'retrying', 'processing'],
    question: 'are cancelled',
    warning: 'Those that wait never run; those that run are told to stop.',
  },
  delete: {
    label: 'Delete',
    icon: 'trash',
    statuses: ['completed', 'failed', 'cancelled'],
    question: 'are deleted',
    warning: 'Their logs and the files that they made go with them. This cannot be undone.',
  },
};

export const bulkActionNames = Object.keys(bulkActions) as BulkAction[];
