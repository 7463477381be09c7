/** The shell: who is looking, where they are, and what holds on every page (a lost connection, a file dropped on it). */
import { useEffect } from 'react';
import { useConnection } from './connection.js';
import { DropAnywhere } from './drop-anywhere.js';
import { formatTime } from './format.js';
import { JobPage } from './pages/job/job-page.js';
import { JobsPage } from './pages/jobs/jobs-page.js';
import { OperatePage } from './pages/operate/operate-page.js';
import { SubmitPage } from './pages/submit/submit-page.js';
import { TypesPage } from './pages/types/types-page.js';
import { Icon, type IconName, Logo } from './parts/icon.js';
import { Empty } from './parts/notice.js';
import { WithToasts } from './parts/toast.js';
import { hrefTo, useRoute } from './routing.js';
import { useSession, WithSession } from './session.js';
import { useTheme } from './theme.js';

export const App = () => (
  <WithToasts>
    <WithSession>
      <Shell />
    </WithSession>
  </WithToasts>
);

function Shell() {
  const { can, me } = useSession();
  const { parts } = useRoute();
  const [place = can('submit') ? 'submit' : 'jobs'] = parts;
  return (
    <DropAnywhere isOn={can('submit')}>
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the page
      </button>
      <div className="shell">
        <header className="rail">
          <a className="brand" href={hrefTo([])} aria-label="Jobwright, to the start">
            <Logo />
            Jobwright
          </a>
          <nav className="nav" aria-label="Pages">
            {can('submit') && <NavLink to="submit" place={place} icon="plus" label="Submit" />}
            {can('read') && <NavLink to="jobs" place={place} icon="jobs" label="Jobs" />}
            {can('read') && <NavLink to="operate" place={place} icon="gauge" label="Operate" />}
            <NavLink to="types" place={place} icon="book" label="Types" />
          </nav>
          <Foot tenant={me.tenant} />
        </header>
        <div>
          <Offline />
          <main className="main" id="main" tabIndex={-1}>
            <Page place={place} />
          </main>
        </div>
      </div>
    </DropAnywhere>
  );
}

function Page({ place }: { place: string }) {
  const { parts, query } = useRoute();
  useEffect(() => {
    scrollTo(0, 0);
  }, []);
  if (place === 'submit') return <SubmitPage query={query} />;
  if (place === 'jobs' && parts[1] !== undefined) return <JobPage key={parts[1]} id={parts[1]} />;
  if (place === 'jobs') return <JobsPage query={query} />;
  if (place === 'operate') return <OperatePage />;
  if (place === 'types') return <TypesPage type={parts[1]} />;
  return (
    <Empty icon="search" title="There is nothing here" isPage>
      <p>The address may be mistyped, or from another version of the console.</p>
      <a className="button" href={hrefTo([])}>
        To the start
      </a>
    </Empty>
  );
}

interface NavLinkProps {
  to: string;
  place: string;
  icon: IconName;
  label: string;
}

const NavLink = ({ to, place, icon, label }: NavLinkProps) => (
  <a href={hrefTo([to])} aria-current={place === to ? 'page' : undefined}>
    <Icon name={icon} />
    {label}
  </a>
);

function Foot({ tenant }: { tenant: string | undefined }) {
  const { me, signOut } = useSession();
  const [theme, toggleTheme] = useTheme();
  return (
    <div className="rail-foot">
      <a className="quiet" href="docs/" aria-label="API documentation">
        <Icon name="terminal" />
        <span>API documentation</span>
      </a>
      <button
        type="button"
        className="quiet"
        onClick={toggleTheme}
        aria-label={theme === 'dark' ? 'Light colours' : 'Dark colours'}
      >
        <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        <span>{theme === 'dark' ? 'Light colours' : 'Dark colours'}</span>
      </button>
      {signOut !== undefined && (
        <>
          <button type="button" className="quiet" onClick={signOut} aria-label="Sign out">
            <Icon name="out" />
            <span>Sign out</span>
          </button>
          <p className="who">
            {me.keyId}
            {tenant !== undefined && ` · ${tenant}`}
          </p>
        </>
      )}
    </div>
  );
}

function Offline() {
  const { isLost, heardAtMs } = useConnection();
  return (
    <div role="status">
      {isLost && (
        <div className="offline">
          <Icon name="cloud" />
          {`The server does not answer. What you see is from ${formatTime(new Date(heardAtMs).toISOString())}; trying again.`}
        </div>
      )}
    </div>
  );
}
