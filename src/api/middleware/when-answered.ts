/** Tells of each request, once, that it was answered or given up: one listener and one clock for all who take note of it. */
import type { Request, RequestHandler, Response } from 'express';
import { inThisTrace } from '../../tracing/tracing.js';

/** @param durationMs From the head of the request to the end of its answer. */
export type Note = (request: Request, response: Response, durationMs: number) => void;

export function whenAnswered(notes: readonly Note[]): RequestHandler {
  return (request, response, next) => {
    const startMs = performance.now();
    const tell = inThisTrace(() => {
      const durationMs = performance.now() - startMs;
      for (const note of notes) note(request, response, durationMs);
    });
    response.on('close', tell);
    next();
  };
}
