/** Who sends a request, and what that client may do and see. */
import type { Request } from 'express';
import { type Scope, scopes } from '../../models/access.js';
import { failure } from '../../models/failure.js';

export interface Principal {
  /** Of the API key. Absent where the server has none. */
  keyId?: string;
  /** Whose what it makes will be. Absent where the server has no keys. */
  tenant?: string;
  /** The one tenant whose jobs, files, events and schedules it sees; all when absent. */
  sees?: string;
  scopes: ReadonlySet<Scope>;
  /** Job types to which it is limited; none when absent. */
  types?: ReadonlySet<string>;
}

/** Everybody, where there are no keys. */
export const anonymous: Principal = { scopes: new Set(scopes) };

const sender = Symbol('sender');
type Identified = Request & { [sender]?: Principal };

export function identify(request: Identified, principal: Principal): void {
  request[sender] = principal;
}

/** Undefined on what is open to everybody, and before the client is known. */
export const knownPrincipal = (request: Identified): Principal | undefined => request[sender];

export function principalOf(request: Request): Principal {
  const principal = knownPrincipal(request);
  if (principal === undefined) throw new Error(`nobody has asked who sends ${request.path}`);
  return principal;
}

export const allows = ({ scopes: own }: Principal, scope: Scope): boolean =>
  own.has(scope) || own.has('admin');

/** Whether a client sees what is of this tenant and this type. */
export const isVisible = (
  { sees, types }: Pick<Principal, 'sees' | 'types'>,
  { tenant, type }: { tenant?: string; type: string },
): boolean => (sees === undefined || tenant === sees) && (types?.has(type) ?? true);

/** @throws Failure `forbidden` where the key is limited to other types */
export function requireType({ types }: Principal, type: string): void {
  if (types === undefined || types.has(type)) return;
  throw failure(
    'forbidden',
    `The key is limited to jobs of ${[...types].join(', ')}, and this is for ${type}.`,
  );
}
