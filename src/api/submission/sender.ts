/** Who submits, and how: what of a request matters beside its body. */
import type { Principal } from '../access/principal.js';

export interface Sender {
  principal: Principal;
  /** Whose keys and whose work: the tenant, or a digest of its credentials. */
  client: string;
  requestId: string;
  /** Wants the work to be done anew. */
  noCache: boolean;
}
