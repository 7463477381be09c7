/**
 * Which request a client's idempotency key stands for, and which job came of it. The key is claimed before the
 * job is stored and marked as accepted after, so a request that broke off in between is completed by its
 * repetition, under the same id; one that was accepted never makes a second job, even when the first has been
 * removed.
 */
import type { QueueAccess } from '../queue-access.js';

/** How long a key is remembered, in milliseconds. */
const keyMs = 24 * 3_600_000;

export interface Claim {
  /** Of the job: the given one for the first request, the first one's for its repetitions. */
  id: string;
  /** The same request came before. */
  repeated: boolean;
  /** A job was stored for it. */
  accepted: boolean;
}

export interface KeyedRequest {
  /** A digest of the client and its key. */
  key: string;
  /** A digest of the request. */
  fingerprint: string;
}

export class IdempotencyKeys {
  constructor(readonly access: QueueAccess) {}

  /** Undefined when the key stands for another request. */
  async claim(request: KeyedRequest, id: string): Promise<Claim | undefined> {
    const name = this.#name(request);
    const claimed = `${request.fingerprint} ${id}`;
    // `SET … NX GET` is one command, from Redis 7 on; 6.2 is old enough.
    const [, held] = await this.access.answers(
      this.access.connection.pipeline().set(name, claimed, 'PX', keyMs, 'NX').get(name),
    );
    return claimFrom(String(held ?? claimed), request, id);
  }

  /** What `claim` would say, and the key stays as it is. */
  async look(request: KeyedRequest, id: string): Promise<Claim | undefined> {
    const { connection } = this.access;
    const held = await this.access.ask(() => connection.get(this.#name(request)));
    return claimFrom(held ?? `${request.fingerprint} ${id}`, request, id);
  }

  async accept(request: KeyedRequest, id: string): Promise<void> {
    const value = `${request.fingerprint} ${id} accepted`;
    await this.access.answers(
      this.access.connection.pipeline().set(this.#name(request), value, 'KEEPTTL', 'XX'),
    );
  }

  #name({ key }: KeyedRequest): string {
    return this.access.keys.idempotency(key);
  }
}

function claimFrom(held: string, request: KeyedRequest, id: string): Claim | undefined {
  const [fingerprint, heldId = id, accepted] = held.split(' ');
  if (fingerprint !== request.fingerprint) return undefined;
  return { id: heldId, repeated: heldId !== id, accepted: accepted !== undefined };
}
