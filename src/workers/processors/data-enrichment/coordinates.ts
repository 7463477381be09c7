/** A place in WGS 84: its notations and the grids that it falls into. */
import { z } from 'zod';
import { defineFieldKind, type Finding } from './field-kind.js';
import { geohash } from './geohash.js';
import { ownRules } from './sources.js';

const facts = z.strictObject({
  valid: z.boolean(),
  reason: z
    .enum(['latitude_out_of_range', 'longitude_out_of_range'])
    .optional()
    .describe('Why it is not valid: latitude is -90 to 90, longitude -180 to 180.'),
  hemispheres: z
    .strictObject({
      latitude: z.enum(['north', 'south', 'equator']),
      longitude: z.enum(['east', 'west', 'prime_meridian']),
    })
    .optional(),
  dms: z.string().optional().describe('Degrees, minutes, seconds: 52°31′12.0″N 13°24′18.0″E.'),
  geoUri: z.string().optional().describe('RFC 5870.'),
  geohash: z.string().optional().describe('Nine characters: a cell of about 5 by 5 metres.'),
  utmZone: z.string().optional().describe('Zone and latitude band, 33U; absent beyond 84° N and 80° S.'),
  solarOffsetHours: z.number().optional().describe('Local solar time less UTC, from the longitude alone.'),
  nullIsland: z.boolean().optional().describe('Whether it is exactly 0, 0: mostly a missing value.'),
});

type Facts = z.output<typeof facts>;

export const coordinates = defineFieldKind({
  input: z
    .strictObject({
      latitude: z.number().min(-1e6).max(1e6).describe('Degrees, north positive.'),
      longitude: z.number().min(-1e6).max(1e6).describe('Degrees, east positive.'),
    })
    .describe('A place in WGS 84, in decimal degrees.'),
  facts,
  enrich: (place): Finding<Facts> => ({
    facts: locate(place.latitude, place.longitude),
    sources: [ownRules],
  }),
});

function locate(latitude: number, longitude: number): Facts {
  if (Math.abs(latitude) > 90) return { valid: false, reason: 'latitude_out_of_range' };
  if (Math.abs(longitude) > 180) return { valid: false, reason: 'longitude_out_of_range' };
  const zone = utmZone(latitude, longitude);
  return {
    valid: true,
    hemispheres: {
      latitude: latitude > 0 ? 'north' : latitude < 0 ? 'south' : 'equator',
      longitude: longitude > 0 ? 'east' : longitude < 0 ? 'west' : 'prime_meridian',
    },
    dms: `${dms(latitude)}${latitude < 0 ? 'S' : 'N'} ${dms(longitude)}${longitude < 0 ? 'W' : 'E'}`,
    geoUri: `geo:${decimal(latitude)},${decimal(longitude)}`,
    geohash: geohash(latitude, longitude, 9),
    ...(zone === undefined ? {} : { utmZone: zone }),
    solarOffsetHours: Number((longitude / 15).toFixed(2)) + 0,
    nullIsland: latitude === 0 && longitude === 0,
  };
}

/** Rounded as a whole, so that 59.99″ never becomes 60.0″. */
function dms(degrees: number): string {
  const tenths = Math.round(Math.abs(degrees) * 36_000);
  const seconds = (tenths % 600) / 10;
  return `${Math.floor(tenths / 36_000)}°${Math.floor(tenths / 600) % 60}′${seconds.toFixed(1)}″`;
}

/** Never in exponents, which a geo URI does not know. */
const decimal = (degrees: number): string =>
  degrees
    .toFixed(7)
    .replace(/\.?0+$/, '')
    .replace(/^-0$/, '0');

function utmZone(latitude: number, longitude: number): string | undefined {
  if (latitude < -80 || latitude > 84) return undefined;
  const band = 'CDEFGHJKLMNPQRSTUVWXX'[Math.floor((latitude + 80) / 8)] ?? 'X';
  return `${utmNumber(latitude, longitude, band)}${band}`;
}

function utmNumber(latitude: number, longitude: number, band: string): number {
  // Norway and Svalbard: wider zones, so that a country lies in one.
  if (band === 'V' && longitude >= 3 && longitude < 12) return 32;
  if (band === 'X' && latitude >= 72 && longitude >= 0 && longitude < 42)
    return longitude < 9 ? 31 : longitude < 21 ? 33 : longitude < 33 ? 35 : 37;
  return Math.min(60, Math.floor((longitude + 180) / 6) + 1);
}
