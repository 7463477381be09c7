/** HTTP by hand, for what no well-behaved client sends. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection that says what it is told to; it is closed at the end of the test. */
export class RawConnection {
  readonly socket: Socket;
  #text = '';

  static async open(url: string): Promise<RawConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      socket.emit('heard');
    });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  }

  say(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  /** All that was answered so far. */
  get heard(): string {
    return this.#text;
  }

  /** Resolves with all that was answered once the server has closed the connection. */
  async closed(): Promise<string> {
    if (!this.socket.closed) await once(this.socket, 'close');
    return this.#text;
  }

  /** Resolves once the answers so far match. */
  async hears(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) await once(this.socket, 'heard');
    return this.#text;
  }
}

/** What is answered to these bytes until the server closes the connection. */
export async function answerTo(url: string, text: string | Uint8Array): Promise<string> {
  const connection = await RawConnection.open(url);
  connection.say(text);
  return connection.closed();
}

/** Statuses of all answers in a text, in order. */
export const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
