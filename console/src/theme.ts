/** Light or dark: as the system says, until the reader says otherwise. */
import { useState } from 'react';

export type Theme = 'light' | 'dark';

const storageKey = 'jobwright.theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** Before the first paint, and whenever the system changes its mind. */
export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme();
  systemIsDark.addEventListener('change', () => {
    document.documentElement.dataset.theme = currentTheme();
  });
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(currentTheme);
  return [
    theme,
    () => {
      const next = currentTheme() === 'dark' ? 'light' : 'dark';
      localStorage.setItem(storageKey, next);
      document.documentElement.dataset.theme = next;
      setTheme(next);
    },
  ];
}

function currentTheme(): Theme {
  const chosen = localStorage.getItem(storageKey);
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return systemIsDark.matches ? 'dark' : 'light';
}
