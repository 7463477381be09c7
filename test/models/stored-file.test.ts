import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { storedFileSchema } from '../../src/models/stored-file.js';

describe('storedFileSchema', () => {
  // `npm start` with examples/contact-sheet ended at once: two schemas of one name in the OpenAPI document.
  it('is the same for a plug-in that is loaded with a copy of this module', async () => {
    vi.resetModules();
    const { storedFileSchema: copy } = await import('../../src/models/stored-file.js');
    expect(copy).toBe(storedFileSchema);
    expect(() => z.toJSONSchema(z.object({ ours: storedFileSchema, theirs: copy }))).not.toThrow();
  });
});
