/** A User-Agent header: browser, system, device, or which robot. */
import { z } from 'zod';
import { defineFieldKind, type Finding } from './field-kind.js';
import { ownRules, packageSource } from './sources.js';

const versioned = z.strictObject({ name: z.string(), version: z.string().optional() });

const facts = z.strictObject({
  valid: z.boolean().describe('Whether anything in it is known, or it at least begins with a product.'),
  reason: z.enum(['empty', 'not_recognized']).optional().describe('Why it is not valid.'),
  product: versioned.optional().describe('The first product of the header: what a tool calls itself.'),
  browser: versioned.optional(),
  engine: versioned.optional(),
  os: z
    .strictObject({
      name: z.string(),
      version: z.string().optional(),
      versionName: z.string().optional().describe('The name people know the version by.'),
    })
    .optional(),
  device: z
    .strictObject({
      type: z.string().optional().describe('desktop, mobile, tablet, tv or bot.'),
      vendor: z.string().optional(),
      model: z.string().optional(),
    })
    .optional(),
  bot: z.boolean().optional().describe('Whether it is a robot that says so.'),
});

export const userAgent = defineFieldKind({
  input: z.string().max(2_000).describe('The value of a User-Agent header.'),
  facts,
  async enrich(value): Promise<Finding<z.output<typeof facts>>> {
    const sources = [ownRules, await packageSource('bowser', 'MIT')];
    return { facts: await recognize(value.trim()), sources };
  },
});

async function recognize(header: string): Promise<z.output<typeof facts>> {
  if (header === '') return { valid: false, reason: 'empty' };
  const { default: bowser } = await import('bowser');
  const { browser, engine, os, platform } = bowser.parse(header);
  // RFC 9110, 10.1.5: product/version, of which `Mozilla/5.0` says nothing.
  const [, name, version] = /^([\w!#$%&'*+.^`|~-]+)(?:\/([\w!#$%&'*+.^`|~-]+))?(?=\s|$)/.exec(header) ?? [];
  const product = version === undefined || name === 'Mozilla' ? undefined : { name: name ?? '', version };
  const known = Boolean(browser.name || os.name || platform.type);
  if (!known && product === undefined) return { valid: false, reason: 'not_recognized' };
  const device = present({ type: platform.type, vendor: platform.vendor, model: platform.model });
  return {
    valid: true,
    ...(product === undefined ? {} : { product }),
    ...(browser.name ? { browser: { name: browser.name, ...present({ version: browser.version }) } } : {}),
    ...(engine.name ? { engine: { name: engine.name, ...present({ version: engine.version }) } } : {}),
    ...(os.name
      ? { os: { name: os.name, ...present({ version: os.version, versionName: os.versionName }) } }
      : {}),
    ...(Object.keys(device).length > 0 ? { device } : {}),
    bot: platform.type === 'bot',
  };
}

/** Without the members that are absent or empty: the parser says `''` for what it does not know. */
const present = <Name extends string>(
  members: Record<Name, string | undefined>,
): Partial<Record<Name, string>> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value)) as Partial<Record<Name, string>>;
