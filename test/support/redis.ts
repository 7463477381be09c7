/** The Redis of the test run, for test files. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';

/** Of the one that the run started; each file keeps to a prefix of its own on it. */
export const testRedisUrl = (): string => inject('redisUrl');

/** A key prefix that nobody else has: `{t-3f9a1c22}`. */
export const testPrefix = (): string => `{t-${randomBytes(4).toString('hex')}}`;
