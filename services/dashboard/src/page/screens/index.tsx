import type { ComponentChildren } from 'preact';
import { Data } from './data/data.tsx';
import { JobScreen } from './jobs/job.tsx';
import { Jobs } from './jobs/jobs.tsx';
import { Model } from './registry/model.tsx';
import { Models } from './registry/models.tsx';
import { Pair } from './registry/pair.tsx';
import { Overview } from './overview/overview.tsx';
import { QueueScreen } from './queue/queue.tsx';
import { RunScreen } from './schedule/run.tsx';
import { ScheduleScreen } from './schedule/schedule.tsx';

/** Where one can go, in the order of the header. */
export const sections: readonly { readonly name: string; readonly href: string }[] = [
  { name: 'Overview', href: '/' },
  { name: 'Jobs', href: '/jobs' },
  { name: 'Models', href: '/models' },
  { name: 'Schedule', href: '/schedule' },
  { name: 'Queue', href: '/queue' },
  { name: 'Data', href: '/data' },
];

/** The screen of a path. Symbols may have any character, so they come in the query. */
export function screenOf(path: string): ComponentChildren {
  if (path === '/') return <Overview />;
  if (path === '/jobs') return <Jobs />;
  if (path.startsWith('/jobs/')) return <JobScreen key={path} id={path.slice('/jobs/'.length)} />;
  if (path === '/queue') return <QueueScreen />;
  if (path === '/schedule') return <ScheduleScreen />;
  if (path.startsWith('/runs/')) return <RunScreen id={path.slice('/runs/'.length)} />;
  if (path === '/data') return <Data />;
  if (path === '/models') return <Models />;
  if (path === '/models/pair') return <Pair />;
  const model = /^\/models\/([0-9a-f-]{36})$/i.exec(path)?.[1];
  if (model !== undefined) return <Model key={model} id={model} />;
  return (
    <>
      <h1>Nothing here</h1>
      <p>No screen has the address {path}. The header has all of them.</p>
    </>
  );
}
