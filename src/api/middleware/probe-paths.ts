const probes = new Set(['/livez', '/readyz', '/health', '/metrics']);

/** Whoever is told to come back later, an orchestrator for one, would take the server for dead. */
export const isProbe = (path: string): boolean => probes.has(path);
