import type { ReactNode } from 'react';

/** What may be wider than the page: it scrolls by itself, by keyboard as well. */
export const Scroll = ({ children }: { children: ReactNode }) => (
  // biome-ignore lint/a11y/useSemanticElements: a fieldset is for entries
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
  <div className="scroll" role="group" aria-label="Table, scrolls sideways" tabIndex={0}>
    {children}
  </div>
);
