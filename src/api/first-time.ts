/** What is made when it is first needed, and is the same from then on. One that fails is made anew. */
export function firstTime<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => {
    if (made !== undefined) return made.value;
    const value = make();
    made = { value };
    if (value instanceof Promise)
      value.catch(() => {
        made = undefined;
      });
    return value;
  };
}
