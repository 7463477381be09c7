/** A status as a shape, a colour and a word: none of the three is needed alone. */
import type { ReactNode } from 'react';
import type { JobStatus } from '../api-types.js';

export type Tone = 'idle' | 'later' | 'run' | 'warn' | 'good' | 'bad';

const looks: Readonly<Record<JobStatus, { tone: Tone; shape: ReactNode }>> = {
  pending: { tone: 'idle', shape: <circle cx="7" cy="7" r="5.2" strokeDasharray="2.6 2.2" /> },
  scheduled: {
    tone: 'later',
    shape: (
      <>
        <circle cx="7" cy="7" r="5.2" />
        <path d="M7 4.200V7l1.9 1.2" />
      </>
    ),
  },
  blocked: {
    tone: 'later',
    shape: (
      <>
        <rect x="2" y="2" width="10" height="10" rx="2" />
        <path d="M4.8 7h4.4" />
      </>
    ),
  },
  processing: {
    tone: 'run',
    shape: (
      <>
        <circle cx="7" cy="7" r="5.2" opacity="0.3" />
        <path className="turning" d="M7 1.800A5.2 5.2 0 0 1 12.2 7" />
      </>
    ),
  },
  retrying: { tone: 'warn', shape: <path d="M11.8 7A4.8 4.8 0 1 1 10.3 3.500M11.8 1.500v2.600H9.2" /> },
  completed: {
    tone: 'good',
    shape: (
      <>
        <circle cx="7" cy="7" r="6" fill="currentcolor" stroke="none" />
        <path d="M4.4 7.2 6.2 9l3.4-3.8" stroke="var(--surface)" />
      </>
    ),
  },
  failed: {
    tone: 'bad',
    shape: (
      <>
        <path d="M4.5 1h5L13 4.500v5L9.5 13h-5L1 9.500v-5z" fill="currentcolor" stroke="none" />
        <path d="M5 5l4 4M9 5 5 9" stroke="var(--surface)" />
      </>
    ),
  },
  cancelled: {
    tone: 'idle',
    shape: (
      <>
        <circle cx="7" cy="7" r="5.2" />
        <path d="M3.5 10.500l7-7" />
      </>
    ),
  },
};

export const toneOf = (status: JobStatus): Tone => looks[status].tone;

export const StatusShape = ({ status }: { status: JobStatus }) => (
  <svg
    width="14"
    height="14"
    viewBox="0 0 14 14"
    fill="none"
    stroke="currentcolor"
    strokeWidth="1.6"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    {looks[status].shape}
  </svg>
);

/** @param isPill On a ground of its colour, for the one status that a page is about. */
export const Status = ({ status, isPill = false }: { status: JobStatus; isPill?: boolean }) => (
  <span className={`status tone-${looks[status].tone}${isPill ? ' status-pill' : ''}`}>
    <StatusShape status={status} />
    {status}
  </span>
);
