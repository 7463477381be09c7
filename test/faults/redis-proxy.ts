/** The network between the servers and Redis: a TCP proxy that can be slow, cut, or swallow everything. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** `cut`: connections are reset, and new ones too. `silent`: they stay, and nothing comes through. */
export type Network = 'open' | 'cut' | 'silent' | { delayMs: number };

export class RedisProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #network: Network = 'open';

  private constructor(socketPath: string) {
    this.#server = createServer((client) => {
      if (this.#network === 'cut') return void client.resetAndDestroy();
      const link = new Link(client, connect(socketPath), () => this.#network);
      this.#links.add(link);
      link.onClose(() => this.#links.delete(link));
    });
  }

  /** @param socketPath Where Redis is, now or later. @param port 0 for a free one. */
  static async open(socketPath: string, port = 0): Promise<RedisProxy> {
    const proxy = new RedisProxy(socketPath);
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set(network: Network): void {
    this.#network = network;
    for (const link of this.#links)
      if (network === 'cut') link.reset();
      else link.wake();
  }

  /** Connections that are open now are dead for good, and nobody is told; new ones work. */
  forget(): void {
    for (const link of this.#links) link.isForgotten = true;
  }

  async close(): Promise<void> {
    for (const link of this.#links) link.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** One connection. What arrives is handed on in its order, when the network lets it. */
class Link {
  readonly #sides: readonly [Socket, Socket];
  readonly #wakers = new Set<() => void>();
  readonly #network: () => Network;
  isForgotten = false;

  constructor(client: Socket, redis: Socket, network: () => Network) {
    this.#sides = [client, redis];
    this.#network = network;
    client.once('close', () => redis.destroy());
    void this.#pump(client, redis);
    void this.#pump(redis, client);
  }

  onClose(call: () => void): void {
    this.#sides[0].once('close', call);
  }

  wake(): void {
    for (const wake of this.#wakers) wake();
  }

  reset(): void {
    for (const side of this.#sides) abort(side);
    this.wake();
  }

  async #pump(from: Socket, to: Socket): Promise<void> {
    from.setNoDelay(true);
    try {
      for await (const bytes of from) {
        await this.#passage();
        if (to.destroyed) break;
        to.write(bytes);
      }
    } catch {
      // One end is gone; then so is the other.
    }
    if (from.destroyed && !from.readableEnded) abort(to);
    else to.end();
  }

  async #passage(): Promise<void> {
    if (this.isForgotten) return new Promise(() => {});
    for (let network = this.#network(); network !== 'open'; network = this.#network()) {
      if (typeof network === 'object') return this.#woken(network.delayMs);
      if (network === 'cut') return;
      await this.#woken();
    }
  }

  /** Resolves after this time, or at the next change of the network. */
  #woken(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => wake(), ms);
      const wake = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      this.#wakers.add(wake);
    });
  }
}

/** A reset where the kind of socket has one. */
function abort(socket: Socket): void {
  if (socket.remotePort === undefined) socket.destroy();
  else socket.resetAndDestroy();
}
