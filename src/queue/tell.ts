/** A line for the log of the server, whichever it is: what was done with a job. `what` is always the same few words. */
export type Tell = (
  facts: { jobId: string } & Readonly<Record<string, string | number | undefined>>,
  what: string,
) => void;
