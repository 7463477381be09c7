/**
 * What the client knows of job types: payload and result by name. A client that is told nothing takes any type, and
 * answers `unknown`.
 *
 * @example
 * interface Types {
 *   calculation: { payload: { operation: 'sum'; numbers: number[] }; result: { value: number } };
 * }
 * const jobwright = new JobwrightClient<Types>();
 */
import type { JobOptionsSent, ShownJob } from '../models/job.js';

export interface AnyTypes {
  [type: string]: { payload: unknown; result: unknown };
}

/** The constraint of a map of types, which an interface meets, too. */
export type Known<Types> = { [Type in keyof Types]: { payload: unknown; result: unknown } };

export type TypeName<Types> = keyof Types & string;

/** A request for a job of one of these types, or of any. */
export type JobRequest<
  Types extends Known<Types> = AnyTypes,
  Type extends TypeName<Types> = TypeName<Types>,
> = {
  [Each in Type]: {
    type: Each;
    payload: Types[Each]['payload'];
    options?: JobOptionsSent;
    /** Jobs that run before it; it sees their results. */
    children?: readonly JobRequest<Types>[];
  };
}[Type];

/** A job of one of these types, or of any. */
export type JobOf<Types extends Known<Types> = AnyTypes, Type extends TypeName<Types> = TypeName<Types>> = {
  [Each in Type]: Omit<ShownJob, 'type' | 'payload' | 'result'> & {
    type: Each;
    payload: Types[Each]['payload'];
    result?: Types[Each]['result'];
  };
}[Type];
