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
function hasOneHost({ rawHeaders, httpVersion }: Request): boolean {
  let hosts = 0;
  // Names and values in turn. Node's own list of all that come more than once is made for each request.
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts === 1 || (hosts === 0 && httpVersion === '1.0');
}

/** What lets go of the place of a request, on its answer. */
const place = Symbol('place');
type Placed = Response & { [place]?: (() => void) | undefined };

export function requestLimits({
  urlLengthMax,
  headersMax,
  requestsMax,
}: Pick<Config, 'urlLengthMax' | 'headersMax' | 'requestsMax'>): RequestHandler {
  let underWay = 0;
  return (request, response: Placed, next) => {
    if (request.originalUrl.length > urlLengthMax)
      throw failure('url_too_long', `The path and the query may have ${urlLengthMax} characters.`);
    if (request.rawHeaders.length / 2 > headersMax)
      throw failure('headers_too_large', `A request may have ${headersMax} headers.`);
    if (!hasOneHost(request)) throw failure('invalid_request', 'A request has one Host header.');
    if (isProbe(request)) return next();
    if (underWay >= requestsMax)
      throw failure('server_busy', `This server has ${requestsMax} requests under way, its limit.`);
    underWay += 1;
    const letGo = () => {
      if (response[place] === undefined) return;
      response[place] = undefined;
      underWay -= 1;
    };
    response[place] = letGo;
    response.on('close', letGo);
    next();
  };
}

/** From here on the request only waits. */
export const onlyWaits = (response: Placed): void => response[place]?.();
