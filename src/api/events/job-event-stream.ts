/**
 * The stream of one job: the job as it is, then what happens to it, and an end once it is final.
 *
 * 1. Listen. 2. Without a position to go on from, or when what came after it is gone, tell the job in full. 3. Tell
 * what happened since, then what happens. 4. Look every few seconds, and tell what no event told: a worker that was
 * lost says nothing, and a message can be. 5. When the job is final, tell it in full, and end.
 */
import type { Response } from 'express';
import { isFailure } from '../../models/failure.js';
import { isFinal, type Job, type JobStatus } from '../../models/job.js';
import type { JobEvent, JobEventFacts } from '../../models/job-event.js';
import { eventOf } from '../../queue/events/emit.js';
import type { EventEntry } from '../../queue/events/event-history.js';
import type { Services } from '../operation.js';
import { representationOf } from '../operations/get-job.js';
import { EventStream, endedSuffix, type Resumption } from './event-stream.js';

/** Between two looks at a job, in milliseconds. */
const lookEveryMs = 3_000;
/** After a look that saw what no event has told: one that is on its way is here by then, in milliseconds. */
const lookAgainMs = 500;

/**
 * Resolves once the stream is live, or has ended.
 *
 * @throws Failure `job_not_found`, `job_gone`, `too_many_streams`, `queue_unavailable`, before the answer has begun
 */
export async function streamJobEvents(
  services: Services,
  response: Response,
  jobId: string,
  resumption: Resumption | undefined,
): Promise<void> {
  const stream = await EventStream.open(services, response, jobId, (entry) => events.tell(entry));
  const events = new JobEventStream(services, jobId, stream);
  try {
    await events.begin(resumption?.after);
  } catch (error) {
    // An answer that has begun can only be cut; the client comes back to where it was.
    if (response.headersSent) stream.cut();
    else stream.release();
    throw error;
  }
}

/**
 * Whether the client knows already that the job is final, and nothing has happened since: then a stream would bring it
 * nothing, now and later.
 *
 * @throws Failure `queue_unavailable`
 */
export async function knowsTheEnd(
  { events: { history } }: Services,
  job: Job,
  { after, isEnded }: Resumption,
): Promise<boolean> {
  if (!isFinal(job.status) || after === '') return false;
  if (!isEnded && !isEndOf(job.id, await history.at(after))) return false;
  // Whoever has the finished job needs not hear once more that it has finished.
  const isNews = ({ event }: EventEntry) =>
    !isEnded || event.kind === 'deleted' || (event.kind === 'status' && !isFinal(event.status));
  for (let position = after; ; ) {
    const { entries, isWhole, isEnd, lastId } = await history.after(position, job.id);
    if (!isWhole || entries.some(isNews)) return false;
    if (isEnd) return true;
    position = lastId;
  }
}

const isEndOf = (jobId: string, entry: EventEntry | undefined) =>
  entry?.event.jobId === jobId && entry.event.kind === 'status' && isFinal(entry.event.status);

class JobEventStream {
  readonly #services: Services;
  readonly #jobId: string;
  readonly #stream: EventStream;
  #isLive = false;
  /** The status that the client knows, and how often it was told one. */
  #status: JobStatus | undefined;
  #statusesTold = 0;
  /** What the client knows last is that the job is final, or deleted. */
  #isOver = false;
  /** It has the finished job in full. */
  #hasResult = false;
  /** A status that a look has seen and no event has told. */
  #doubt: JobStatus | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(services: Services, jobId: string, stream: EventStream) {
    this.#services = services;
    this.#jobId = jobId;
    this.#stream = stream;
    stream.closed.addEventListener('abort', () => clearTimeout(this.#timer));
  }

  async begin(after: string | undefined): Promise<void> {
    let outcome = after === undefined ? 'new' : await this.#stream.catchUp(after, this.#jobId);
    while (outcome === 'new' || outcome === 'gap') {
      // In this order: what happens after the position may be in the job already, and is never missing.
      const position = await this.#services.events.history.last();
      const job = await this.#services.queue.get(this.#jobId);
      this.#stream.begin();
      if (outcome === 'gap') this.#stream.send('gap', gapData);
      this.#tellJob(job, position);
      outcome = await this.#stream.catchUp(position, this.#jobId);
    }
    if (outcome === 'stopped') return;
    this.#isLive = true;
    if (this.#isOver) await this.#finish();
    else if (after === undefined) this.#lookIn(lookEveryMs);
    else await this.#look();
  }

  tell({ id, event, json }: EventEntry): void {
    this.#stream.send(event.kind, json, id);
    this.#note(event);
    if (this.#isOver && this.#isLive) void this.#finish();
  }

  #note(event: JobEvent): void {
    if (event.kind !== 'status' && event.kind !== 'deleted') return;
    this.#status = event.kind === 'status' ? event.status : undefined;
    this.#statusesTold += 1;
    this.#isOver = event.kind === 'deleted' || isFinal(event.status);
    this.#hasResult = false;
    this.#doubt = undefined;
  }

  #tellJob(job: Job, position?: string): void {
    this.#stream.send('job', JSON.stringify(representationOf(job, this.#services)), position);
    this.#status = job.status;
    this.#isOver = isFinal(job.status);
    this.#hasResult = this.#isOver;
  }

  /** What a look has seen. It has no place in the sequence of events. */
  #tellSeen(facts: JobEventFacts): void {
    const event = eventOf(facts, this.#services.now());
    this.#stream.send(event.kind, JSON.stringify(event));
    this.#note(event);
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    const statusesTold = this.#statusesTold;
    const job = await this.#find();
    // An event that came meanwhile is newer than what was seen, or as new.
    if (this.#stream.closed.aborted || this.#isOver) return;
    if (job === 'gone') this.#tellSeen({ jobId: this.#jobId, kind: 'deleted' });
    else if (job !== 'away' && statusesTold === this.#statusesTold) this.#compare(job);
    if (this.#isOver) await this.#finish();
    else this.#lookIn(this.#doubt === undefined ? lookEveryMs : lookAgainMs);
  }

  /** Tells a status that was seen twice and not told in between. */
  #compare(job: Job): void {
    this.#status ??= isFinal(job.status) ? undefined : job.status;
    const isKnown = job.status === this.#status;
    if (!isKnown && this.#doubt === job.status) this.#tellSeen(statusOf(job));
    else this.#doubt = isKnown ? undefined : job.status;
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stream.closed.aborted) this.#timer = setTimeout(() => void this.#look(), ms);
  }

  /** The job is said to be over. It may have been sent back to its queue since. */
  async #finish(): Promise<void> {
    clearTimeout(this.#timer);
    const statusesTold = this.#statusesTold;
    const job = this.#hasResult ? undefined : await this.#find();
    if (this.#stream.closed.aborted || statusesTold !== this.#statusesTold) return;
    if (job === 'away') return this.#finishLater();
    if (job !== undefined && job !== 'gone') {
      this.#tellJob(job);
      if (!this.#isOver) return this.#lookIn(lookEveryMs);
    }
    this.#stream.send('end', JSON.stringify({ jobId: this.#jobId }), this.#stream.lastId + endedSuffix);
    this.#stream.end();
  }

  #finishLater(): void {
    this.#timer = setTimeout(() => void this.#finish(), lookAgainMs);
  }

  async #find(): Promise<Job | 'gone' | 'away'> {
    try {
      return await this.#services.queue.get(this.#jobId);
    } catch (error) {
      return isFailure(error) && error.code !== 'queue_unavailable' ? 'gone' : 'away';
    }
  }
}

const gapData = JSON.stringify({
  detail: 'Events after the one you know are no longer kept; the job follows as it is now.',
});

const statusOf = ({ id, status, attempts, error }: Job): JobEventFacts => ({
  jobId: id,
  kind: 'status',
  status,
  ...(attempts.made === 0 ? {} : { attempt: attempts.made }),
  ...(error === undefined ? {} : { error }),
});
