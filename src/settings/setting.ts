/** One setting: what it accepts, its default, and one line for the table in `docs/configuration.md`. */
import type { z } from 'zod';

export interface Setting<Schema extends z.ZodType, Fallback extends string | undefined> {
  schema: Schema;
  /** What is parsed where nothing is given. */
  fallback: Fallback;
  meaning: string;
  /** No message repeats it. It can be given in a file. */
  isSecret: boolean;
  /** It is a URL that may hold a password: messages leave that out. It can be given in a file. */
  holdsPassword?: boolean;
}

export function setting<Schema extends z.ZodType, Fallback extends string | undefined>(
  schema: Schema,
  fallback: Fallback,
  meaning: string,
): Setting<Schema, Fallback> {
  return { schema, fallback, meaning, isSecret: false };
}

export const secret = <Schema extends z.ZodType, Fallback extends string | undefined>(
  open: Setting<Schema, Fallback>,
): Setting<Schema, Fallback> => ({ ...open, isSecret: true });

export const withPasswordInside = <Schema extends z.ZodType, Fallback extends string | undefined>(
  open: Setting<Schema, Fallback>,
): Setting<Schema, Fallback> => ({ ...open, holdsPassword: true });
