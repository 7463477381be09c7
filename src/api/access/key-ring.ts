/**
 * The API keys that this server knows, by id. Those of a file are read again when it changes, so that a key is replaced
 * without a restart; a file that cannot be read leaves the keys as they were, and says so in the log.
 */
import { timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { keyDigest, keyIdOf } from '../../api-key.js';
import { type Config, ConfigError } from '../../config.js';
import type { Logger } from '../../log.js';
import { type KeyEntry, readKeyEntries } from '../../models/access.js';
import type { Principal } from './principal.js';

/** Between two looks at the file, in milliseconds. */
const lookEveryMs = 1_000;

export interface KeyRingParts {
  log: Logger;
  /** Milliseconds since the epoch. */
  now: () => number;
}

interface Known {
  digest: Buffer;
  expiresMs: number;
  principal: Principal;
}

/** Compared with where there is no such key, so that both take as long. */
const nobody = Buffer.alloc(32);

export class KeyRing {
  readonly #fixed: readonly KeyEntry[];
  readonly #parts: KeyRingParts;
  #known: ReadonlyMap<string, Known>;
  #looking: NodeJS.Timeout | undefined;
  /** Of the file, as it was read last. */
  #text = '';

  /** Undefined where no keys are configured. @throws ConfigError where the file is wrong */
  static async open(
    { apiKeys, apiKeysFile }: Pick<Config, 'apiKeys' | 'apiKeysFile'>,
    parts: KeyRingParts,
  ): Promise<KeyRing | undefined> {
    if (apiKeys === undefined && apiKeysFile === undefined) return undefined;
    const ring = new KeyRing(apiKeys ?? [], parts);
    if (apiKeysFile === undefined) return ring;
    await ring.#read(apiKeysFile);
    ring.#looking = setInterval(() => void ring.#lookAt(apiKeysFile), lookEveryMs).unref();
    return ring;
  }

  private constructor(fixed: readonly KeyEntry[], parts: KeyRingParts) {
    this.#fixed = fixed;
    this.#parts = parts;
    this.#known = knownFrom(fixed);
  }

  /** Whose key this is; `expired` for one that was right once; undefined for all else. */
  find(key: string): Principal | 'expired' | undefined {
    const known = this.#known.get(keyIdOf(key) ?? '');
    const isRight = timingSafeEqual(keyDigest(key), known?.digest ?? nobody);
    if (known === undefined || !isRight) return undefined;
    return known.expiresMs <= this.#parts.now() ? 'expired' : known.principal;
  }

  /** Whether the key of a client is still one, and as it was. */
  holds(principal: Principal): boolean {
    const known = this.#known.get(principal.keyId ?? '');
    return (
      known !== undefined &&
      known.expiresMs > this.#parts.now() &&
      isDeepStrictEqual(known.principal, principal)
    );
  }

  /** Those that have keys. */
  get tenants(): string[] {
    return [...new Set([...this.#known.values()].flatMap(({ principal: { tenant } }) => tenant ?? []))];
  }

  close(): void {
    clearInterval(this.#looking);
  }

  async #lookAt(file: string): Promise<void> {
    const { log } = this.#parts;
    const before = this.#text;
    try {
      await this.#read(file);
      if (this.#text !== before) log.info({ keys: this.#known.size }, 'the API keys were read again');
    } catch (error) {
      // Once for each state of the file.
      const text = error instanceof Error ? error.message : String(error);
      if (this.#text !== text) log.error({ err: error }, 'the API keys stay as they were');
      this.#text = text;
    }
  }

  async #read(file: string): Promise<void> {
    const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new ConfigError(`API_KEYS_FILE: expected a file that can be read, got ${file} (${cause.code})`);
    });
    if (text === this.#text) return;
    const read = readKeyEntries(text);
    if ('mistake' in read)
      throw new ConfigError(`API_KEYS_FILE: ${read.mistake}, got something else in ${file}`);
    const twice = read.entries.find(({ id }) => this.#fixed.some((entry) => entry.id === id));
    if (twice !== undefined)
      throw new ConfigError(`API_KEYS_FILE: expected other ids than in API_KEYS, got ${twice.id} in both`);
    this.#known = knownFrom([...this.#fixed, ...read.entries]);
    this.#text = text;
  }
}

const knownFrom = (entries: readonly KeyEntry[]): ReadonlyMap<string, Known> =>
  new Map(
    entries.map((entry) => [
      entry.id,
      {
        digest: Buffer.from(entry.sha256, 'hex'),
        expiresMs: entry.expiresAt === undefined ? Infinity : Date.parse(entry.expiresAt),
        principal: principalFrom(entry),
      },
    ]),
  );

const principalFrom = ({ id, tenant, scopes, types }: KeyEntry): Principal => ({
  keyId: id,
  tenant,
  ...(scopes.includes('admin') ? {} : { sees: tenant }),
  scopes: new Set(scopes),
  ...(types === undefined ? {} : { types: new Set(types) }),
});
