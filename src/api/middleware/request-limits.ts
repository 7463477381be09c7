/**
 * What one request may ask of this server before anybody looks at what it wants: the length of its URL, the number of
 * its headers (one Host among them), and a place among those that are under way. A request that only waits (for the end
 * of a job, for events) has a limit of its own and gives its place back. The probes are answered whatever else is going
 * on.
 */
import type { Request, RequestHandler, Response } from 'express';
import type { Config } from '../../config.js';
import { failure } from '../../models/failure.js';
import { isProbe } from './probe-paths.js';

/** As RFC 9112 wants it; with two, this server and a proxy before it may each take another. HTTP/1.0 needs none. */
function hasOneHost({ headersDistinct: { host = [] }, httpVersion }: Request): boolean {
  return host.length === 1 || (host.length === 0 && httpVersion === '1.0');
}

/** What lets go of the place of a request, by its answer. */
const places = new WeakMap<Response, () => void>();

export function requestLimits({
  urlLengthMax,
  headersMax,
  requestsMax,
}: Pick<Config, 'urlLengthMax' | 'headersMax' | 'requestsMax'>): RequestHandler {
  let underWay = 0;
  return (request, response, next) => {
    if (request.originalUrl.length > urlLengthMax)
      throw failure('url_too_long', `The path and the query may have ${urlLengthMax} characters.`);
    if (request.rawHeaders.length / 2 > headersMax)
      throw failure('headers_too_large', `A request may have ${headersMax} headers.`);
    if (!hasOneHost(request)) throw failure('invalid_request', 'A request has one Host header.');
    if (isProbe(request.path)) return next();
    if (underWay >= requestsMax)
      throw failure('server_busy', `This server has ${requestsMax} requests under way, its limit.`);
    underWay += 1;
    const letGo = () => {
      if (places.delete(response)) underWay -= 1;
    };
    places.set(response, letGo);
    response.once('close', letGo);
    next();
  };
}

/** From here on the request only waits. */
export const onlyWaits = (response: Response): void => places.get(response)?.();
