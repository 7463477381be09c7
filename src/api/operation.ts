/**
 * An operation of the API, as data: Express's routes, the OpenAPI document and the parity tests follow from
 * it. `operations.ts` lists them all, one file each in `operations/`.
 */
import type { RequestHandler } from 'express';
import type { z } from 'zod';
import type { Config } from '../config.js';
import type { FileStore } from '../files/file-store.js';
import type { Logger } from '../log.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Scope } from '../models/access.js';
import type { ErrorCode } from '../models/errors.js';
import type { Callbacks } from '../queue/callbacks.js';
import type { EventHub } from '../queue/events/event-hub.js';
import type { JobQueue } from '../queue/job-queue.js';
import type { JobLogs } from '../queue/lists/job-logs.js';
import type { Outlook } from '../queue/outlook/outlook.js';
import type { QueueStats } from '../queue/outlook/queue-stats.js';
import type { Schedules } from '../queue/schedules/schedules.js';
import type { Readiness } from '../readiness.js';
import type { Registry } from '../workers/registry.js';
import type { KeyRing } from './access/key-ring.js';
import type { RequestLimits } from './access/request-limits.js';

/** What handlers work with. Made once, by the server; a test makes its own. */
export interface Services {
  config: Config;
  /** Undefined where none are configured: everybody may do everything. */
  keys: KeyRing | undefined;
  limits: RequestLimits;
  registry: Registry;
  queue: JobQueue;
  events: EventHub;
  logs: JobLogs;
  callbacks: Callbacks;
  outlook: Outlook;
  stats: QueueStats;
  metrics: Metrics;
  schedules: Schedules;
  files: FileStore;
  readiness: Readiness;
  log: Logger;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** That many random bytes. */
  random: (bytes: number) => Uint8Array;
}

export interface Operation {
  /** The `operationId`: what a generated client calls it. */
  id: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** In Express's form: `/api/jobs/:id`. */
  path: string;
  /**
   * That a key must have; `any`: it must be a key; `open` to everybody. A job in the path must be one that the client
   * sees: see `access/`.
   */
  scope: Scope | 'any' | 'open';
  tag: 'Jobs' | 'Schedules' | 'Files' | 'Types' | 'Service';
  summary: string;
  description?: string;
  parameters?: readonly Parameter[];
  /** By media type. */
  body?: (registry: Registry) => Readonly<Record<string, Content>>;
  /** By status. The errors are told by `errors`. */
  responses: (registry: Registry) => Readonly<Record<number, Response>>;
  /** What it can answer beside the errors that every operation can (`commonErrors`). */
  errors: readonly ErrorCode[];
  /** What this server sends to a URL of the client's in consequence, by name. */
  callbacks?: (registry: Registry) => Readonly<Record<string, Callback>>;
  handle: (services: Services) => RequestHandler | RequestHandler[];
}

export interface Callback {
  /** Where to, as a runtime expression of OpenAPI: `{$request.body#/…}`. */
  url: string;
  /** The `operationId`: what a generated receiver calls it. */
  id: string;
  summary: string;
  description: string;
  parameters: readonly Parameter[];
  /** By media type. */
  body: Readonly<Record<string, Content>>;
  /** What the receiver may answer, by status (`2XX` for a class), and what that means. */
  responses: Readonly<Record<string, string>>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema: z.ZodType;
  description: string;
  example?: string;
}

export interface Content {
  /**
   * Which side of the schema is meant, where it differs: what is sent, or what comes out with its defaults. As
   * its place says (request or response) when absent.
   */
  io?: 'input' | 'output';
  /** A Zod schema, or a fragment of JSON Schema where Zod has no word for it. */
  schema: z.ZodType | { jsonSchema: Record<string, unknown> };
  examples?: Readonly<Record<string, { summary: string; value: unknown }>>;
}

export interface Response {
  description: string;
  headers?: Readonly<Record<string, { description: string; schema?: Record<string, unknown> }>>;
  /** By media type. */
  content?: Readonly<Record<string, Content>>;
}
