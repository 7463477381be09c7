/** Images are resized, converted, cut and marked; any file is digested or compressed; CSV becomes JSON. */
import { ownJobType } from '../../models/job-type.js';
import { declaredErrors } from './file-processing/declared-errors.js';
import { examples } from './file-processing/examples.js';
import { payloadSchema } from './file-processing/payload.js';
import { resultSchema } from './file-processing/result.js';

export default ownJobType({
  type: 'file_processing',
  title: 'File processing',
  description:
    'Does an ordered list of operations to one file: an upload, a URL, or a small data URI. Images come out upright, without metadata, and in the format they had unless converted. What is made is in the file store, with a link to download it.',
  payload: payloadSchema,
  result: resultSchema,
  examples,
  errors: declaredErrors,
  policy: { lane: 'short', attempts: 3, timeoutMs: 60_000, join: true, cacheMs: 86_400_000 },
  async run(payload, context) {
    const { processFile } = await import('./file-processing/run.js');
    return processFile(payload, context);
  },
});
