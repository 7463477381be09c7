/**
 * Jobs without anything special, those of one turn of the event loop together: alone, or where an identical job will
 * do as well. Everything else is `add-jobs.ts`.
 */
import { type Added, addMany, type PlainEntry } from '../batched/add-many.js';
import { Turn } from '../batched/turn.js';
import type { QueueAccess } from '../queue-access.js';
import { addJobs } from './add-jobs.js';
import { entriesOf, type NewJob } from './job-entry.js';
import { idOfWork, type Reusable, type SharedWork } from './reuse.js';

export class PlainSubmissions {
  readonly #access: QueueAccess;
  readonly #adding: Turn<PlainEntry, Added>;

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

  /** @returns Whether it is new. @throws Failure `queue_unavailable` */
  async add(job: NewJob): Promise<boolean> {
    return (await this.#add(job)) === 'new';
  }

  /** The same for each of many, those of one type in their order. */
  addAll(jobs: readonly NewJob[]): Promise<boolean[]> {
    return Promise.all(jobs.map((job) => this.add(job)));
  }

  /**
   * The job that does the work: a new one, unless there is one that will do. One round trip, and one more where others
   * have done the work before.
   *
   * @param job Its id is not used.
   * @throws Failure `queue_unavailable`
   */
  async addShared(job: NewJob, work: SharedWork): Promise<Reusable> {
    let generation = 0;
    for (;;) {
      const id = idOfWork(job.type, work.digest, generation);
      const use = await this.#add({ ...job, id }, { ...work, generation });
      if (typeof use !== 'number') return { id, use: use === 'known' ? 'joined' : use };
      generation = use;
    }
  }

  async #add(job: NewJob, work?: PlainEntry['work']): Promise<Exclude<Added, 'foreign'>> {
    // Here, and not when all are added: this belongs to the trace of its request.
    const [entry] = entriesOf(job, undefined, this.#access);
    const added =
      entry === undefined
        ? 'foreign'
        : await this.#adding.ask(work === undefined ? entry : { ...entry, work });
    if (added !== 'foreign') return added;
    const [isNew = false] = await this.#access.ask(async () =>
      addJobs(this.#access, await this.#access.backend(job.type), [job]),
    );
    return isNew ? 'new' : 'known';
  }
}
