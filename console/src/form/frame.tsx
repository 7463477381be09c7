/** What is around every entry: its name, what it is for, and what is wrong with it. */
import type { ReactNode } from 'react';
import { Icon } from '../parts/icon.js';
import type { FieldProps } from './field.js';
import { useMistakes } from './form-context.js';
import { fieldIdOf } from './schema.js';

interface FrameProps extends Pick<FieldProps, 'label' | 'schema' | 'pointer' | 'isRequired'> {
  /** A few words beside the name. */
  hint?: string;
  className?: string;
  children: ReactNode;
}

export const Frame = ({ label, schema, pointer, isRequired, hint, className, children }: FrameProps) => (
  <div className={`field ${className ?? ''}`}>
    {label !== '' && (
      <label htmlFor={fieldIdOf(pointer)}>
        {label}
        {(hint !== undefined || !isRequired) && <span className="faint"> {hint ?? 'optional'}</span>}
      </label>
    )}
    {children}
    <Mistakes pointer={pointer} />
    <Help pointer={pointer} text={schema.description} />
  </div>
);

/** Backquotes in descriptions are code, as in Markdown; nothing else is markup. */
export function Help({ text, pointer }: { text: string | undefined; pointer: string }) {
  if (text === undefined) return null;
  return (
    <p className="help" id={`${fieldIdOf(pointer)}-help`}>
      <Prose text={text} />
    </p>
  );
}

export const Prose = ({ text }: { text: string }) =>
  text.split('`').map((part, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
    index % 2 === 1 ? <code key={index}>{part}</code> : part,
  );

export function Mistakes({ pointer }: { pointer: string }) {
  const mistakes = useMistakes(pointer);
  if (mistakes.length === 0) return null;
  return (
    <div id={`${fieldIdOf(pointer)}-wrong`}>
      {mistakes.map((message) => (
        <p className="wrong" key={message}>
          <Icon name="warning" />
          {message}
        </p>
      ))}
    </div>
  );
}

/** What an entry says of itself to assistive technology. */
export function useEntry({ pointer, schema, label, isRequired }: Omit<FrameProps, 'children'>) {
  const isWrong = useMistakes(pointer).length > 0;
  const id = fieldIdOf(pointer);
  const described = [isWrong ? `${id}-wrong` : '', schema.description === undefined ? '' : `${id}-help`];
  return {
    id,
    'aria-invalid': isWrong || undefined,
    'aria-required': isRequired || undefined,
    'aria-describedby': described.filter(Boolean).join(' ') || undefined,
    ...(label === '' ? { 'aria-label': pointer.split('/').at(-1) } : {}),
  };
}
