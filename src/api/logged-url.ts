/**
 * A request's URL as the log has it: values of parameters that the API has are shown, any other may be a token that
 * somebody put there, and so may a user in front of the host of an absolute one.
 */
import { hidden, withoutPassword } from '../redaction.js';
import { operations } from './operations.js';

const known = new Set(
  operations.flatMap(({ parameters = [] }) =>
    parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
  ),
);

export function loggedUrl(url: string): string {
  const [path = '', query] = withoutPassword(url).split(/\?(.*)/s);
  if (query === undefined) return path;
  const shown = query.split('&').map((pair) => {
    const [name = ''] = pair.split('=', 1);
    return known.has(name) ? pair : pair === name ? hidden : `${name}=${hidden}`;
  });
  return `${path}?${shown.join('&')}`;
}
