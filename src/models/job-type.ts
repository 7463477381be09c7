/**
 * A job type: the named contract between whoever posts a job and the processor that does it. One file
 * defines it; request validation, OpenAPI, the console's form, the client and the dispatch in the worker
 * follow from it.
 */
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { ErrorCode } from './errors.js';
import { errors } from './errors.js';
import type { Policy } from './policy.js';
import { policyOf, policySchema } from './policy.js';
import type { StoredFile } from './stored-file.js';
import { prefixPattern } from './type-id.js';

/** A permanent failure that a type declares: one attempt, no retry. */
export interface DeclaredError {
  /** The same few words for every occurrence. */
  title: string;
  /** When it happens: one sentence for the documentation. */
  when: string;
}

export interface Example<Payload> {
  /** One line: what the example shows. */
  summary: string;
  payload: Payload;
  /** What the job answers, where it is the same each time. The contract suite compares it. */
  result?: unknown;
}

export interface JobTypeDefinition<
  PayloadSchema extends z.ZodType,
  ResultSchema extends z.ZodType,
  Code extends string,
> {
  /** Lower-case letters and underscores: the `type` of a request, the prefix of ids, the name of the queue. */
  type: string;
  title: string;
  description: string;
  /** Raised when payloads of before no longer mean the same. Default: 1. */
  version?: number;
  /**
   * Turns a payload that an older version accepted into one that this version accepts. Pure: it runs in the worker,
   * as often as the job is attempted. What it throws fails the job for good. Needed from version 2 on.
   */
  upgrade?(payload: unknown, fromVersion: number): unknown;
  /** Strict: an unknown key is an error that names it. Parsed by the API, and again by the worker. */
  payload: PayloadSchema;
  /** Parsed after `run`: a processor that returns rubbish fails, loudly. */
  result: ResultSchema;
  /** At least one; the first is what Swagger shows. Each is run by the tests. */
  examples: readonly [Example<z.input<PayloadSchema>>, ...Example<z.input<PayloadSchema>>[]];
  /** Its permanent failures, by code. A code of the platform's registry may not be declared again. */
  errors?: Record<Code, DeclaredError>;
  /** What differs from the defaults of `policySchema`. */
  policy?: z.input<typeof policySchema>;
  /** True for work of the platform's own, which clients can read and not post. Default: false. */
  internal?: boolean;
  /** `thread` for CPU-bound work in JavaScript, which would block the event loop. Default: `event-loop`. */
  runIn?: 'event-loop' | 'thread';
  /**
   * Of a type that runs in threads: whether this is work of a fraction of a millisecond, which its way into a thread and
   * back would only lengthen. It runs in the event loop then. Pure, and quick itself. Default: none is.
   */
  isBrief?(payload: z.input<PayloadSchema>): boolean;
  run(
    payload: z.output<PayloadSchema>,
    context: ProcessorContext<Code>,
  ): Promise<z.input<ResultSchema>> | z.input<ResultSchema>;
}

/** What a processor is given beside its payload. It knows neither the queue nor HTTP. */
export interface ProcessorContext<Code extends string = string> {
  readonly jobId: string;
  /** 1 for the first. */
  readonly attempt: number;
  /**
   * Fires when the attempt is to stop: it timed out, or its worker is stopping. Never in a thread, which is
   * ended instead.
   */
  readonly signal: AbortSignal;
  /** 0 to 100, and optionally what is being done, in at most 2,000 characters. Never goes back. */
  progress(percent: number, message?: string): void;
  /** A line of the job's log, of at most 2,000 characters; the queue keeps the latest 1,000. */
  log(message: string): void;
  readonly files: ProcessorFiles;
  /** What the children of the job came to, in the order of the request; empty where it has none. */
  readonly children: readonly ChildOutcome[];
  /** An HTTP call to a public address, with the platform's limits. */
  readonly fetch: OutboundFetch;
  /**
   * The headers that prove to a receiver that a message comes from here, as Standard Webhooks says, with the time
   * of now: `webhook-id`, `webhook-timestamp`, `webhook-signature`. For exactly this body.
   *
   * @param messageId The same in each attempt, so that the receiver knows a message that came before. No dots.
   * @throws Failure `callbacks_not_configured`
   */
  sign(messageId: string, body: string): Record<string, string>;
  /** Ends the attempt and the job: a permanent failure that the type or the platform declares. */
  fail(code: Code | ErrorCode, detail: string): never;
  /** Ends the attempt, to be repeated as the policy says, and not before `retryAfterMs`. */
  retry(code: Code | ErrorCode, detail: string, options?: { retryAfterMs?: number }): never;
}

export interface ChildOutcome {
  jobId: string;
  type: string;
  /** A child that failed or was cancelled is there only where its `onFailure` is `continue`. */
  status: 'completed' | 'failed' | 'cancelled';
  /** Of a completed child. */
  result?: unknown;
  /** Of one that is not. */
  error?: { code: string; detail: string };
}

export interface ProcessorFiles {
  /** Most pixels that an image may have (width times height of one frame times frames). */
  readonly imagePixelsMax: number;
  /** @throws Failure `file_not_found`, `file_gone` */
  stat(fileId: string): Promise<StoredFile>;
  /**
   * A file and its bytes, which are to be read or destroyed.
   *
   * @throws Failure `file_not_found`, `file_gone`
   */
  open(fileId: string): Promise<{ file: StoredFile; stream: Readable }>;
  /**
   * Streams bytes into the store as an output of this job. The n-th call of an attempt overwrites the n-th
   * file of an earlier attempt, so a retry leaves nothing behind.
   *
   * @throws Failure `storage_full`, `file_too_large`, and what the gate of the store refuses: an empty file,
   *   SVG, an image of too many pixels
   */
  create(name: string, content: Readable | Uint8Array): Promise<StoredFile>;
}

export interface OutboundRequest {
  /** Default `GET`. */
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** `answer`: a redirect is the answer, and is not followed. Default: `follow`. */
  redirects?: 'follow' | 'answer';
  /** Default and ceiling: the operator's limit. */
  responseBytesMax?: number;
  timeoutMs?: number;
}

export interface OutboundResponse {
  status: number;
  headers: Headers;
  /** After redirects. */
  url: string;
  /** Its Retry-After, in milliseconds from now, at most an hour; absent where it says none. */
  retryAfterMs?: number;
  /** Ends with a Failure `response_too_large`, `response_timeout` or `connection_failed`. */
  body: Readable;
  text(): Promise<string>;
}

/** @throws Failure `url_not_allowed`, `address_not_public`, `too_many_redirects`, `connection_failed`, `response_timeout` */
export type OutboundFetch = (url: string, request?: OutboundRequest) => Promise<OutboundResponse>;

const brand = Symbol.for('jobwright.JobType');

/** True for a definition of any copy of this module, a plug-in's included. */
export const isJobType = (value: unknown): value is JobType =>
  typeof value === 'object' && value !== null && brand in value;

/** A definition, checked and complete: what the registry holds. */
export interface JobType {
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly version: number;
  readonly internal: boolean;
  readonly payload: z.ZodType;
  readonly result: z.ZodType;
  readonly examples: readonly Example<unknown>[];
  readonly errors: Readonly<Record<string, DeclaredError>>;
  readonly policy: Policy;
  readonly runIn: 'event-loop' | 'thread';
  /** Absent where every job runs where `runIn` says. The payload is one that this version accepted. */
  readonly isBrief?: (payload: unknown) => boolean;
  /** The payload as this version wants it. */
  upgrade(payload: unknown, fromVersion: number): unknown;
  run(payload: unknown, context: ProcessorContext): unknown;
}

/**
 * Defines a job type.
 *
 * @throws Error naming the option when the name is not a type name, an example does not fit the payload's
 *   schema, the policy is wrong, or a declared code is the platform's.
 * @example
 * export default defineJobType({
 *   type: 'greeting', title: 'Greeting', description: 'Says hello.',
 *   payload: z.strictObject({ name: z.string() }), result: z.strictObject({ text: z.string() }),
 *   examples: [{ summary: 'Say hello', payload: { name: 'Ada' }, result: { text: 'Hello, Ada' } }],
 *   run: ({ name }) => ({ text: `Hello, ${name}` }),
 * });
 */
export function defineJobType<
  PayloadSchema extends z.ZodType,
  ResultSchema extends z.ZodType,
  Code extends string = never,
>(definition: JobTypeDefinition<PayloadSchema, ResultSchema, Code>): JobType {
  requireRight(definition);
  return ownJobType(definition);
}

/**
 * The same for the platform's own types, unchecked: the contract suite checks those, once, and not every process at
 * its start. Half of the time that the types take there would be asking Zod whether they are right.
 */
export function ownJobType<
  PayloadSchema extends z.ZodType,
  ResultSchema extends z.ZodType,
  Code extends string = never,
>(definition: JobTypeDefinition<PayloadSchema, ResultSchema, Code>): JobType {
  return Object.freeze({
    [brand]: true,
    type: definition.type,
    title: definition.title,
    description: definition.description,
    version: definition.version ?? 1,
    internal: definition.internal ?? false,
    upgrade: definition.upgrade?.bind(definition) ?? ((payload: unknown) => payload),
    payload: definition.payload,
    result: definition.result,
    examples: definition.examples,
    errors: definition.errors ?? {},
    policy: policyOf(definition.policy),
    runIn: definition.runIn ?? 'event-loop',
    ...(definition.isBrief === undefined
      ? {}
      : {
          isBrief: (payload: unknown) => definition.isBrief?.(payload as z.input<PayloadSchema>) ?? false,
        }),
    // The worker parses the payload with this very schema before it calls `run`.
    run: (payload: unknown, context: ProcessorContext) =>
      definition.run(payload as z.output<PayloadSchema>, context as ProcessorContext<Code>),
  });
}

function requireRight<PayloadSchema extends z.ZodType, ResultSchema extends z.ZodType, Code extends string>(
  definition: JobTypeDefinition<PayloadSchema, ResultSchema, Code>,
): void {
  const wrong = (what: string) => new Error(`job type ${JSON.stringify(definition.type)}: ${what}`);
  requireShape(definition, wrong);
  const policy = policySchema.safeParse(definition.policy ?? {});
  if (!policy.success) throw wrong(`policy is not valid:\n${z.prettifyError(policy.error)}`);
  if ((definition.version ?? 1) > 1 && definition.upgrade === undefined)
    throw wrong(
      `upgrade is missing: version ${definition.version} needs a function that turns payloads of earlier versions into its own`,
    );
  for (const code of Object.keys(definition.errors ?? {}))
    if (Object.hasOwn(errors, code)) throw wrong(`errors.${code} is a code of the platform; choose another`);
  for (const [index, example] of definition.examples.entries()) {
    const parsed = definition.payload.safeParse(example.payload);
    if (!parsed.success)
      throw wrong(`examples[${index}] does not fit the payload:\n${z.prettifyError(parsed.error)}`);
  }
  for (const [what, schema, io] of [
    ['payload', definition.payload, 'input'],
    ['result', definition.result, 'input'],
    ['result', definition.result, 'output'],
  ] as const) {
    try {
      z.toJSONSchema(schema, { io });
    } catch (cause) {
      throw wrong(`${what} cannot be told as JSON Schema: ${cause instanceof Error ? cause.message : cause}`);
    }
  }
}

const definitionSchema = z.strictObject({
  type: z
    .string()
    .refine(
      (type) => prefixPattern.test(type) && type !== 'file',
      'expected lower-case letters and underscores, at most 63, and not "file"',
    ),
  title: z.string().min(1),
  description: z.string().min(1),
  payload: z.custom<z.ZodType>(isSchema, 'expected a Zod schema, such as z.strictObject({ … })'),
  result: z.custom<z.ZodType>(isSchema, 'expected a Zod schema, such as z.strictObject({ … })'),
  examples: z
    .array(z.object({ summary: z.string(), payload: z.unknown() }))
    .min(1, 'expected at least one example'),
  errors: z.record(z.string(), z.strictObject({ title: z.string(), when: z.string() })).optional(),
  policy: z.unknown().optional(),
  version: z.int().min(1).optional(),
  upgrade: z
    .custom<() => unknown>((upgrade) => typeof upgrade === 'function', 'expected a function')
    .optional(),
  internal: z.boolean().optional(),
  runIn: z.enum(['event-loop', 'thread'], 'expected event-loop or thread').optional(),
  isBrief: z
    .custom<() => unknown>((isBrief) => typeof isBrief === 'function', 'expected a function')
    .optional(),
  run: z.custom<() => unknown>((run) => typeof run === 'function', 'expected a function'),
});

/** Plug-ins may be JavaScript, where no compiler has looked at a definition. */
function requireShape(definition: object, wrong: (what: string) => Error): void {
  const parsed = definitionSchema.safeParse(definition);
  if (!parsed.success) throw wrong(`the definition is not right:\n${z.prettifyError(parsed.error)}`);
  const { payload } = parsed.data;
  if (payload instanceof z.core.$ZodObject && payload._zod.def.catchall?._zod.def.type !== 'never')
    throw wrong(
      'payload must be strict, or a misspelt field would be dropped in silence: use z.strictObject',
    );
}

function isSchema(value: unknown): boolean {
  return value instanceof z.core.$ZodType;
}
