import { type FormEvent, useId, useState } from 'react';
import { Icon, Logo } from '../parts/icon.js';

/** Asks for an API key. */
export function SignIn({ wasRefused, onKey }: { wasRefused: boolean; onKey(key: string): void }) {
  const [key, setKey] = useState('');
  const [isShown, setIsShown] = useState(false);
  const fieldId = useId();
  const signIn = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() !== '') onKey(key.trim());
  };
  return (
    <main className="sign-in">
      <div>
        <div className="brand">
          <Logo />
          Jobwright
        </div>
        <form className="card" onSubmit={signIn}>
          <div className="card-body">
            <h1>Sign in</h1>
            <div className="field">
              <label htmlFor={fieldId}>API key</label>
              <input
                id={fieldId}
                className="mono"
                type={isShown ? 'text' : 'password'}
                value={key}
                placeholder="jw_…"
                autoComplete="off"
                spellCheck={false}
                aria-invalid={wasRefused}
                aria-describedby={`${fieldId}-help`}
                onChange={({ target }) => setKey(target.value)}
              />
              {wasRefused && (
                <p className="wrong" role="alert">
                  <Icon name="warning" />
                  This key is not valid here, or it has expired.
                </p>
              )}
              <p className="help" id={`${fieldId}-help`}>
                It stays in this tab, and is forgotten when the tab is closed. Whoever runs the server makes
                keys with <code>npx jobwright key create</code>.
              </p>
            </div>
            <label className="check">
              <input
                type="checkbox"
                checked={isShown}
                onChange={({ target }) => setIsShown(target.checked)}
              />
              Show the key
            </label>
            <button type="submit" className="button primary big">
              Sign in
            </button>
          </div>
        </form>
      </div>
    </main>
  );
}
