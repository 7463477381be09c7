/** Jobs without anything special, those of one turn of the event loop together. Everything else is `add-jobs.ts`. */
import { type Added, addMany } from '../batched/add-many.js';
import { Turn } from '../batched/turn.js';
import type { QueueAccess } from '../queue-access.js';
import { addJobs } from './add-jobs.js';
import { type Entry, entriesOf, type NewJob } from './job-entry.js';

export class PlainSubmissions {
  readonly #access: QueueAccess;
  readonly #adding: Turn<Entry, Added>;

  constructor(access: QueueAccess) {
    this.#access = access;
    this.#adding = new Turn((entries) =>
      access.ask(async () => {
        // What BullMQ keeps of a queue itself is there before its first job.
        for (const type of new Set(entries.map(({ job }) => job.type))) await access.backend(type);
        return addMany(access, entries);
      }),
    );
  }

  /** @returns For each job whether it is new. @throws Failure `queue_unavailable` */
  submit(jobs: readonly NewJob[]): Promise<boolean[]> {
    return Promise.all(jobs.map((job) => this.#submit(job)));
  }

  async #submit(job: NewJob): Promise<boolean> {
    // Here, and not when all are added: this belongs to the trace of its request.
    const [entry] = entriesOf(job, undefined, this.#access);
    const added = entry === undefined ? 'foreign' : await this.#adding.ask(entry);
    if (added !== 'foreign') return added === 'new';
    const [isNew = false] = await this.#access.ask(async () =>
      addJobs(this.#access, await this.#access.backend(job.type), [job]),
    );
    return isNew;
  }
}
