import '../../styles/parts.css';
import './jobs.css';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Asked } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { search, setQuery } from '../../router.ts';
import { Link } from '../../ui/link.tsx';
import { Empty, Panel } from '../../ui/panel.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Status } from '../../ui/status.tsx';
import { number, Table, unseen } from '../../ui/table.tsx';
import { Age } from '../../ui/time.tsx';
import { toast } from '../../ui/toasts.tsx';
import { plural, tookOf } from '../../words.ts';
import { Cancel, Retry } from './actions.tsx';
import { understand } from './filter.ts';
import { reading } from './held-list.ts';
import { useListKeys } from './list-keys.ts';
import { SearchBox } from './search-box.tsx';
import { askers, noCancel, noRetry, noteOf, pairOf, secondsOf, type JobRow } from './words.ts';

const rowsAPage = 50;
const ranges = ['1h', '24h', '7d', '30d'];

/** Every job, newest first. What is looked for, how far back and which page stand in the URL. */
export function Jobs() {
  const words = search.value.get('q') ?? '';
  const range = ranges.find((one) => one === search.value.get('range')) ?? null;
  const cursor = search.value.get('after');
  // A range moves on with the clock, but not with every draw: the question would be another one each time.
  const minute = Math.floor(Date.now() / 60_000);
  const { data } = useResource('GET /api/strategies', {}, { everyMs: 60_000 });
  const strategies = useMemo(() => data?.items.map(({ strategy_type }) => strategy_type) ?? null, [data]);
  const { filter, problems } = useMemo(
    () => understand(range === null ? words : `${words} since:${range}`, minute * 60_000, strategies),
    [words, range, minute, strategies],
  );
  return (
    <>
      <h1>Jobs</h1>
      <div class="job-filters">
        <SearchBox
          words={words}
          strategies={strategies}
          onChange={(next) => setQuery({ q: next, after: null })}
        />
        <label class="choice">
          Made{' '}
          <select
            value={range ?? ''}
            onChange={(event) => setQuery({ range: event.currentTarget.value, after: null })}
          >
            <option value="">at any time</option>
            {ranges.map((one) => (
              <option key={one} value={one}>
                in the last {one.replace(/(\D+)/, ' $1')}
              </option>
            ))}
          </select>
        </label>
        <p class="keys">
          <kbd>/</kbd> filter <kbd>j</kbd> <kbd>k</kbd> next, previous <kbd>Enter</kbd> open <kbd>r</kbd>{' '}
          retry
        </p>
      </div>
      {problems.length > 0 && (
        <ul class="problems" role="status">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      )}
      <JobList
        // Another question is another list: nothing of the one before waits or stays.
        key={JSON.stringify([words, range, cursor])}
        query={{ ...filter, limit: rowsAPage, ...(cursor === null ? {} : { cursor }) }}
        filtered={words.trim() !== '' || range !== null}
        cursor={cursor}
      />
    </>
  );
}

const idOf = (job: JobRow): string => job.job_id;

interface JobListProps {
  readonly query: Record<string, unknown>;
  readonly filtered: boolean;
  readonly cursor: string | null;
}

function JobList({ query, filtered, cursor }: JobListProps) {
  // The cast: what understand() made of the words is what the API takes, or it says so in the panel.
  const jobs = useResource('GET /api/jobs', { query } as Asked<'GET /api/jobs'>, {
    topics: ['jobs'],
    everyMs: 2000,
  });
  const place = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<readonly string[] | null>(null);
  const known = useRef(new Map<string, JobRow>());
  const come = jobs.data?.items ?? null;
  for (const job of come ?? []) known.current.set(job.job_id, job);
  const { rows, waiting, gone } = reading(shown, known.current, come ?? [], idOf);
  // The first answer is what is read from then on, and not what was known when the list was left.
  const isAnswer = come !== null && !jobs.provisional;
  useEffect(() => {
    if (isAnswer && (shown === null || shown.length === 0)) setShown(come.map(idOf));
  }, [come, isAnswer]);
  const showNew = (): void => {
    if (come !== null) setShown(come.map(idOf));
  };
  useListKeys(place, (row) => {
    const button = row.querySelector<HTMLButtonElement>('[data-retry] button:not(:disabled)');
    if (button === null) toast('failed', 'only a failed or cancelled job can be tried again');
    else button.click();
  });
  return (
    <Panel
      title={filtered ? 'Jobs that fit' : 'All jobs'}
      resource={jobs}
      aside={
        <p class="news" role="status">
          {waiting + gone.size > 0 && cursor === null && (
            <button type="button" onClick={showNew}>
              {waiting > 0 ? `${waiting} new` : `${plural(gone.size, 'job')} no longer here`}
            </button>
          )}
        </p>
      }
    >
      {({ next_cursor }) => (
        <div ref={place}>
          {rows.length === 0 ? (
            filtered || cursor !== null ? (
              <Empty>
                No job fits.{' '}
                <button
                  type="button"
                  class="quiet"
                  onClick={() => setQuery({ q: null, range: null, after: null })}
                >
                  Show all jobs
                </button>
              </Empty>
            ) : (
              <Empty command="npm run -s ml -- train">
                No jobs yet: the next tick of the schedule makes some, and so does this.
              </Empty>
            )
          ) : (
            <Table
              name="Jobs"
              class="jobs"
              heads={[
                'Job',
                'State',
                'Made',
                number('Attempt'),
                number('Took'),
                'By',
                'What there is to say',
                unseen('What can be done'),
              ]}
            >
              {rows.map((job) => (
                <Row key={job.job_id} job={job} gone={gone.has(job.job_id)} reload={() => jobs.reload()} />
              ))}
            </Table>
          )}
          <nav class="pages" aria-label="Pages of jobs">
            {cursor !== null && (
              <button type="button" class="quiet" onClick={() => setQuery({ after: null })}>
                Newest
              </button>
            )}
            {next_cursor !== null && (
              <button type="button" class="quiet" onClick={() => setQuery({ after: next_cursor })}>
                Older
              </button>
            )}
          </nav>
        </div>
      )}
    </Panel>
  );
}

function Row({
  job,
  gone,
  reload,
}: {
  readonly job: JobRow;
  readonly gone: boolean;
  readonly reload: () => void;
}) {
  const seconds = secondsOf(job);
  return (
    <tr data-gone={gone ? '' : undefined}>
      <th scope="row">
        <Link href={`/jobs/${job.job_id}`}>{pairOf(job)}</Link>
      </th>
      <td>
        <Status of={job.status} />
      </td>
      <td>
        <Age at={job.created_at} />
      </td>
      <td class="number">
        {job.attempt} of {job.max_attempts}
      </td>
      <td class="number">{seconds === null ? '' : tookOf(seconds)}</td>
      <td>{askers[job.trigger]}</td>
      <td class="job-note" title={job.error_message ?? undefined}>
        {gone ? (
          'no longer here: it changed, or newer ones came before it'
        ) : job.status === 'running' ? (
          <>
            <Progress fraction={job.progress} label={`Progress of ${pairOf(job)}`} /> {job.stage}
          </>
        ) : (
          noteOf(job)
        )}
      </td>
      <td class="job-actions">
        {noRetry(job) === null && (
          <span data-retry>
            <Retry job={job} onDone={reload} />
          </span>
        )}
        {noCancel(job) === null && <Cancel job={job} onDone={reload} />}
      </td>
    </tr>
  );
}
