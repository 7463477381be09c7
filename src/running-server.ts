/** What the API server and the worker server give back once they are ready. */
export interface RunningServer {
  /** Where it answers, without a slash at the end; absent where it does not listen. */
  url?: string;
  /** Takes no more work, finishes what it has, and lets go of everything. Called once. */
  stop(): Promise<void>;
  /** Lets a stop that is under way, or comes, give up what is unfinished instead of waiting for it. */
  hurry(): void;
}
