/** What every field of a form knows: the whole schema, and what the server has said is wrong, by JSON Pointer. */
import { createContext, use } from 'react';
import type { Schema } from './schema.js';

export interface FormMistake {
  pointer: string;
  message: string;
}

export interface FormFacts {
  root: Schema;
  mistakes: readonly FormMistake[];
}

export const FormContext = createContext<FormFacts>({ root: {}, mistakes: [] });

export const useForm = () => use(FormContext);

export function useMistakes(pointer: string): readonly string[] {
  return useForm()
    .mistakes.filter((mistake) => mistake.pointer === pointer)
    .map(({ message }) => message);
}
