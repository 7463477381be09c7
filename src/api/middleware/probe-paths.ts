import type { Request } from 'express';

const probes = new Set(['/livez', '/readyz', '/health', '/metrics']);

/** Whoever is told to come back later, an orchestrator for one, would take the server for dead. */
export const isProbe = (request: Request): boolean =>
  // The path need not be looked for in the URL of what comes most often.
  !request.url.startsWith('/api/') && probes.has(request.path);
