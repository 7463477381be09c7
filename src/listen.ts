/** Listening, with the mistakes of whoever chose the address in words that name the setting. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError, type SettingName, variableOf } from './config.js';

export interface ListenOptions {
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Where the two came from. */
  settings: { host: SettingName; port: SettingName };
}

/** Resolves with the port once the server listens. @throws ConfigError where that address cannot be had */
export async function listen(server: Server, { host, port, settings }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explain(error)));
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;

  function explain(error: NodeJS.ErrnoException): Error {
    const at = `${host}:${port}`;
    switch (error.code) {
      case 'EADDRINUSE':
        return new ConfigError(
          `${variableOf(settings.port)}: expected a free port, got ${at}, where another program listens already`,
        );
      case 'EACCES':
        return new ConfigError(
          `${variableOf(settings.port)}: expected a port that this user may open, got ${at}`,
        );
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return new ConfigError(
          `${variableOf(settings.host)}: expected an address of this machine, got ${at}`,
        );
      default:
        return error;
    }
  }
}
