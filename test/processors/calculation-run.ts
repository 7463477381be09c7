/** Runs a calculation as a worker does: the payload parsed before it, the result after it. */
import calculation from '../../src/workers/processors/calculation.js';
import { processorContext, type RecordedContext } from '../support/processor-context.js';

export async function calculate(
  payload: unknown,
  context: RecordedContext = processorContext(),
): Promise<Record<string, unknown>> {
  const result = await calculation.run(calculation.payload.parse(payload), context);
  const parsed = calculation.result.parse(result);
  return JSON.parse(JSON.stringify(parsed));
}

/** What is wrong with a payload: `path: message`, every mistake. */
export function mistakes(payload: unknown): string[] {
  const parsed = calculation.payload.safeParse(payload);
  return parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}
