/** Whether the server can be reached: one fact for the whole page, told by every request and every stream. */
import { useSyncExternalStore } from 'react';

export interface Connection {
  isLost: boolean;
  /** When the server was last heard of. */
  heardAtMs: number;
}

let connection: Connection = { isLost: false, heardAtMs: Date.now() };
const listeners = new Set<() => void>();

export function noteReached(): void {
  if (connection.isLost) set({ isLost: false, heardAtMs: Date.now() });
  else connection.heardAtMs = Date.now();
}

export function noteLost(): void {
  if (!connection.isLost) set({ ...connection, isLost: true });
}

export const useConnection = (): Connection => useSyncExternalStore(subscribe, () => connection);

function set(next: Connection): void {
  connection = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
