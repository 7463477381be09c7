/** The jobs that a bulk operation means, page by page; and how many there are, as far as one cares to count. */
import { type BulkPayload, statusesOf } from '../../models/bulk.js';
import type { JobFilter, JobList, Place } from './job-list.js';
import type { JobSummary } from './job-summaries.js';

/** Jobs that are read at once. */
const pageSize = 500;
/** Pages that are counted. */
const countedPagesMax = 20;

/** Those of each status, one status after the other. @throws Failure `queue_unavailable` */
export async function* selectedJobs(list: JobList, selection: BulkPayload): AsyncGenerator<JobSummary[]> {
  for (const filter of filtersOf(selection)) {
    let after: Place | undefined;
    do {
      const page = await list.page(filter, pageSize, after);
      yield page.jobs.filter((job) => isMeant(job, selection));
      after = page.next;
    } while (after !== undefined);
  }
}

export interface JobCount {
  count: number;
  /** False: there may be more, counting stopped here. */
  complete: boolean;
  /** Ids of the first few. */
  examples: string[];
}

/** At a bounded cost, however many there are. @throws Failure `queue_unavailable` */
export async function countSelected(
  list: JobList,
  selection: BulkPayload,
  examplesMax: number,
): Promise<JobCount> {
  let pages = 0;
  let count = 0;
  const examples: string[] = [];
  for await (const jobs of selectedJobs(list, selection)) {
    if (pages === countedPagesMax) return { count, complete: false, examples };
    pages += 1;
    count += jobs.length;
    examples.push(...jobs.slice(0, examplesMax - examples.length).map(({ id }) => id));
  }
  return { count, complete: true, examples };
}

function filtersOf(selection: BulkPayload): JobFilter[] {
  const { types, before, filter, tenant } = selection;
  const { tag, error, from, until } = filter;
  const fromMs = from === undefined ? {} : { fromMs: Date.parse(from) };
  const untilMs = Math.min(until === undefined ? Infinity : Date.parse(until), Date.parse(before) + 1);
  return statusesOf(selection).map((status) => ({
    types,
    ...(tenant === undefined ? {} : { tenant }),
    status,
    ...(tag === undefined ? {} : { tag }),
    ...(error === undefined ? {} : { errorCode: error }),
    ...fromMs,
    untilMs,
  }));
}

/** Not what came, or ended, since: a job that fails again after it was sent back is not sent back once more. */
function isMeant(
  { createdAt, completedAt, failedAt, cancelledAt }: JobSummary,
  { before }: BulkPayload,
): boolean {
  const latest = completedAt ?? failedAt ?? cancelledAt ?? createdAt;
  return Date.parse(latest) <= Date.parse(before);
}
