/**
 * Every figure of our own that Prometheus is told, and who tells it. Names, units and suffixes follow Prometheus's
 * rules; every label has a bounded set of values. `docs/metrics.md` is held against this table by a test.
 */

/** Who has it at `/metrics`. */
export type Role = 'api' | 'worker';

export interface Definition {
  kind: 'counter' | 'gauge' | 'histogram';
  name: string;
  labels: readonly string[];
  roles: readonly Role[];
  /** One sentence. */
  help: string;
  /** Upper bounds, in the unit of the name. */
  buckets?: readonly number[];
}

const both: readonly Role[] = ['api', 'worker'];
const api: readonly Role[] = ['api'];
const worker: readonly Role[] = ['worker'];
const ofType = ['type', 'lane'] as const;

/** From the shortest computation to the longest job of the long lane. */
const jobSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600];
const httpSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const redisSeconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export const definitions = {
  buildInfo: {
    kind: 'gauge',
    name: 'jobwright_build_info',
    labels: ['version', 'role'],
    roles: both,
    help: 'Always 1; its labels say what runs.',
  },
  jobsSubmitted: {
    kind: 'counter',
    name: 'jobwright_jobs_submitted_total',
    labels: ofType,
    roles: both,
    help: 'Jobs that were stored, each of a tree counted.',
  },
  jobsReused: {
    kind: 'counter',
    name: 'jobwright_jobs_reused_total',
    labels: [...ofType, 'kind'],
    roles: api,
    help: 'Submissions that were answered with a job that was there already: idempotency_key, joined or cached.',
  },
  jobsStarted: {
    kind: 'counter',
    name: 'jobwright_jobs_started_total',
    labels: ofType,
    roles: worker,
    help: 'Starts of jobs; each attempt counts.',
  },
  jobsCompleted: {
    kind: 'counter',
    name: 'jobwright_jobs_completed_total',
    labels: ofType,
    roles: worker,
    help: 'Jobs that completed.',
  },
  jobsRetried: {
    kind: 'counter',
    name: 'jobwright_jobs_retried_total',
    labels: [...ofType, 'code'],
    roles: worker,
    help: 'Attempts that failed and are followed by another.',
  },
  jobsFailed: {
    kind: 'counter',
    name: 'jobwright_jobs_failed_total',
    labels: [...ofType, 'code'],
    roles: both,
    help: 'Jobs that failed for good.',
  },
  jobsCancelled: {
    kind: 'counter',
    name: 'jobwright_jobs_cancelled_total',
    labels: ofType,
    roles: both,
    help: 'Jobs that were cancelled.',
  },
  jobsStalled: {
    kind: 'counter',
    name: 'jobwright_jobs_stalled_total',
    labels: ofType,
    roles: worker,
    help: 'Jobs that lost their worker and were put back.',
  },
  jobQueueTime: {
    kind: 'histogram',
    name: 'jobwright_job_queue_time_seconds',
    labels: ofType,
    roles: worker,
    help: 'From when a job could start to its first start.',
    buckets: jobSeconds,
  },
  jobProcessingTime: {
    kind: 'histogram',
    name: 'jobwright_job_processing_time_seconds',
    labels: [...ofType, 'outcome'],
    roles: worker,
    help: 'Length of attempts, by what they ended in: completed, retry, failed, cancelled or handed_back.',
    buckets: jobSeconds,
  },
  workerSlots: {
    kind: 'gauge',
    name: 'jobwright_worker_slots',
    labels: ofType,
    roles: worker,
    help: 'Jobs that this worker server runs at once, at the most.',
  },
  workerBusy: {
    kind: 'gauge',
    name: 'jobwright_worker_busy',
    labels: ofType,
    roles: worker,
    help: 'Jobs that this worker server runs now.',
  },
  workerThreads: {
    kind: 'gauge',
    name: 'jobwright_worker_threads',
    labels: ['lane'],
    roles: worker,
    help: 'Threads for CPU-bound processors that this worker server starts, at the most.',
  },
  workerThreadsBusy: {
    kind: 'gauge',
    name: 'jobwright_worker_threads_busy',
    labels: ['lane'],
    roles: worker,
    help: 'Threads that run a processor now.',
  },
  queueDepth: {
    kind: 'gauge',
    name: 'jobwright_queue_depth',
    labels: ofType,
    roles: api,
    help: 'Jobs that wait for a worker, over all servers.',
  },
  queueOldestAge: {
    kind: 'gauge',
    name: 'jobwright_queue_oldest_age_seconds',
    labels: ofType,
    roles: api,
    help: 'How long the oldest job that waits for a worker has waited since it could start; 0 when none waits.',
  },
  queuePaused: {
    kind: 'gauge',
    name: 'jobwright_queue_paused',
    labels: ofType,
    roles: api,
    help: '1 while the type is paused.',
  },
  jobs: {
    kind: 'gauge',
    name: 'jobwright_jobs',
    labels: [...ofType, 'status'],
    roles: api,
    help: 'Jobs that are stored, by status as GET /api/stats has it, over all servers.',
  },
  workersAlive: {
    kind: 'gauge',
    name: 'jobwright_workers_alive',
    labels: [],
    roles: api,
    help: 'Worker servers that are alive.',
  },
  typeWorkers: {
    kind: 'gauge',
    name: 'jobwright_type_workers',
    labels: ofType,
    roles: api,
    help: 'Worker servers alive that serve the type.',
  },
  typeSlots: {
    kind: 'gauge',
    name: 'jobwright_type_slots',
    labels: ofType,
    roles: api,
    help: 'Jobs of the type that all workers alive run at once, at the most.',
  },
  httpRequests: {
    kind: 'counter',
    name: 'jobwright_http_requests_total',
    labels: ['method', 'route', 'status'],
    roles: api,
    help: 'Requests that were answered; the status is aborted where the client left before.',
  },
  httpRequestDuration: {
    kind: 'histogram',
    name: 'jobwright_http_request_duration_seconds',
    labels: ['method', 'route', 'status_class'],
    roles: api,
    help: 'From the head of a request to the end of its answer, streams of events left out.',
    buckets: httpSeconds,
  },
  redisUp: {
    kind: 'gauge',
    name: 'jobwright_redis_up',
    labels: [],
    roles: both,
    help: '1 while Redis answers this process.',
  },
  redisPing: {
    kind: 'histogram',
    name: 'jobwright_redis_ping_duration_seconds',
    labels: [],
    roles: both,
    help: 'How long Redis takes to answer, measured every second.',
    buckets: redisSeconds,
  },
} as const satisfies Record<string, Definition>;

export type MetricName = keyof typeof definitions;
