/** Waiting for what is seen by asking; without Vitest, so that programs beside the tests can use it. */

/** Resolves with the first answer that is neither false nor undefined. */
export async function until<Value>(
  ask: () => Value | false | undefined | Promise<Value | false | undefined>,
): Promise<Value> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
