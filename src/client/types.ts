/** Job types: their contracts, and whether workers start their jobs. */
import type { TypeContract, TypeList, TypeState } from '../models/type-contract.js';
import type { CallOptions, Transport } from './transport.js';

export class Types {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  list(options: CallOptions = {}): Promise<TypeList> {
    return this.#transport.json('/api/types', options);
  }

  get(type: string, options: CallOptions = {}): Promise<TypeContract> {
    return this.#transport.json(pathOf(type), options);
  }

  /** Workers start no more of its jobs; to pause a paused type changes nothing. */
  pause(type: string, { signal }: CallOptions = {}): Promise<TypeState> {
    return this.#transport.json(`${pathOf(type)}/pause`, { method: 'POST', isRepeatable: true, signal });
  }

  resume(type: string, { signal }: CallOptions = {}): Promise<TypeState> {
    return this.#transport.json(`${pathOf(type)}/resume`, { method: 'POST', isRepeatable: true, signal });
  }
}

const pathOf = (type: string) => `/api/types/${encodeURIComponent(type)}`;
