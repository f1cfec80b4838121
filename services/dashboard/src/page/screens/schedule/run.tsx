import '../../styles/parts.css';
import './schedule.css';
import { ALL_SYMBOLS } from '@ml-training/sdk';
import type { Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { search, setQuery } from '../../router.ts';
import { Fold } from '../../ui/fold.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Status } from '../../ui/status.tsx';
import { number, Table } from '../../ui/table.tsx';
import { Age, Clock } from '../../ui/time.tsx';
import { plural, tookOf } from '../../words.ts';
import { Outcome, statuses } from './outcome.tsx';

const rowsAPage = 100;
type Run = Answer<'GET /api/runs/:id'>;
type Job = Answer<'GET /api/runs/:id/jobs'>['items'][number];

/** One run: what came of each job, and what was left out and why. */
export function RunScreen({ id }: { readonly id: string }) {
  const run = useResource('GET /api/runs/:id', { params: { id } }, { topics: ['runs', 'jobs'] });
  return (
    <>
      <p class="back">
        <Link href="/schedule">Schedule</Link>
      </p>
      <h1>Run</h1>
      <Panel title="What it was" resource={run}>
        {(data) => <Facts run={data} />}
      </Panel>
      <Jobs id={id} outcome={run.data?.outcome ?? null} />
      {run.data !== null && run.data.skipped_count > 0 && <LeftOut run={run.data} />}
    </>
  );
}

function Facts({ run }: { readonly run: Run }) {
  const { requested_at, scheduled_for, finished_at, duration_seconds, outcome, run_id } = run;
  const { expected_end, next_tick } = run;
  return (
    <dl class="facts-list">
      <dt>Why</dt>
      <dd>
        {scheduled_for === null ? (
          'somebody asked for it'
        ) : (
          <>
            the tick of <Clock at={scheduled_for} />
          </>
        )}
      </dd>
      <dt>Started</dt>
      <dd>
        <Clock at={requested_at} seconds />, <Age at={requested_at} />
      </dd>
      <dt>Ended</dt>
      <dd>
        {finished_at === null || duration_seconds === null ? (
          'under way'
        ) : (
          <>
            <Clock at={finished_at} seconds />, after {tookOf(duration_seconds)}
          </>
        )}
      </dd>
      {expected_end !== null && (
        <>
          <dt>Expected end</dt>
          <dd>
            <Clock at={expected_end} /> or later
            {next_tick !== null && (
              <>
                , {expected_end > next_tick ? 'after' : 'before'} the next run (<Clock at={next_tick} />)
              </>
            )}
          </dd>
        </>
      )}
      <dt>Jobs</dt>
      <dd>
        <Outcome of={outcome} />
      </dd>
      <dt>As JSON</dt>
      <dd>
        <a href={`/api/runs/${run_id}`}>/api/runs/{run_id}</a>
      </dd>
    </dl>
  );
}

function Jobs({ id, outcome }: { readonly id: string; readonly outcome: Run['outcome'] | null }) {
  const status = statuses.find((one) => one === search.value.get('status')) ?? null;
  const cursor = search.value.get('after');
  const jobs = useResource(
    'GET /api/runs/:id/jobs',
    {
      params: { id },
      query: {
        limit: rowsAPage,
        ...(status === null ? {} : { status }),
        ...(cursor === null ? {} : { cursor }),
      },
    },
    { topics: ['jobs', 'runs'] },
  );
  const choices = statuses.filter((one) => one === status || (outcome !== null && outcome[one] > 0));
  return (
    <Panel
      title="Its jobs"
      resource={jobs}
      aside={
        choices.length > 1 && (
          <label class="choice">
            Show{' '}
            <select
              value={status ?? ''}
              onChange={(event) => setQuery({ status: event.currentTarget.value, after: null })}
            >
              <option value="">all</option>
              {choices.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        )
      }
    >
      {({ items, next_cursor }) => (
        <>
          {items.length === 0 ? (
            <p class="none">{status === null ? 'It has no jobs.' : `None of its jobs is ${status}.`}</p>
          ) : (
            <Table
              name="Jobs of the run"
              class="run-jobs"
              heads={['Job', 'State', number('Attempt'), number('Took'), 'What there is to say']}
            >
              {items.map((job) => (
                <JobRow key={job.job_id} job={job} />
              ))}
            </Table>
          )}
          <nav class="pages" aria-label="Pages of jobs">
            {cursor !== null && (
              <button type="button" class="quiet" onClick={() => setQuery({ after: null })}>
                First jobs
              </button>
            )}
            {next_cursor !== null && (
              <button type="button" class="quiet" onClick={() => setQuery({ after: next_cursor })}>
                More jobs
              </button>
            )}
          </nav>
        </>
      )}
    </Panel>
  );
}

function JobRow({ job }: { readonly job: Job }) {
  const { job_id, strategy_type, symbol, status, attempt, max_attempts, duration_seconds } = job;
  return (
    <tr>
      <th scope="row">
        <Link href={`/jobs/${job_id}`}>
          {strategy_type} {symbol === ALL_SYMBOLS ? 'all symbols' : symbol}
        </Link>
      </th>
      <td>
        <Status of={status} />
      </td>
      <td class="number" data-attempt="">
        {attempt} of {max_attempts}
      </td>
      <td class="number" data-took={duration_seconds === null ? undefined : ''}>
        {duration_seconds === null ? '' : tookOf(duration_seconds)}
      </td>
      <td class="job-note">
        {status === 'running' ? (
          <>
            <Progress fraction={job.progress} label={`Progress of ${strategy_type} ${symbol}`} /> {job.stage}
          </>
        ) : (
          noteOf(job)
        )}
      </td>
    </tr>
  );
}

function noteOf({ status, error_message, left_out }: Job): string {
  if (status !== 'completed') return (error_message ?? '').split('\n')[0]!;
  const names = Object.keys(left_out);
  return names.length === 0
    ? ''
    : `left out ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}

function LeftOut({ run }: { readonly run: Run }) {
  const cursor = search.value.get('skipped');
  const pairs = useResource('GET /api/runs/:id/skipped', {
    params: { id: run.run_id },
    query: { limit: rowsAPage, ...(cursor === null ? {} : { cursor }) },
  });
  return (
    <Panel title="What it left out" resource={pairs}>
      {({ items, next_cursor }) => (
        <>
          <ul class="reasons">
            {run.skipped.map(({ reason, count, names }) => (
              <li key={reason}>
                <strong>{plural(count, 'pair')}</strong>: {reason}{' '}
                <span class="none">
                  ({names.join(', ')}
                  {count > names.length ? ', …' : ''})
                </span>
              </li>
            ))}
          </ul>
          <Fold title="Pair by pair">
            {() => (
              <>
                <Table name="Pairs that were left out" frame="scroll" heads={['Pair', 'Why']}>
                  {items.map(({ strategy_type, symbol, reason }) => (
                    <tr key={`${strategy_type} ${symbol}`}>
                      <th scope="row">
                        {strategy_type} {symbol}
                      </th>
                      <td class="job-note">{reason}</td>
                    </tr>
                  ))}
                </Table>
                <nav class="pages" aria-label="Pages of pairs">
                  {cursor !== null && (
                    <button type="button" class="quiet" onClick={() => setQuery({ skipped: null })}>
                      First pairs
                    </button>
                  )}
                  {next_cursor !== null && (
                    <button type="button" class="quiet" onClick={() => setQuery({ skipped: next_cursor })}>
                      More pairs
                    </button>
                  )}
                </nav>
              </>
            )}
          </Fold>
        </>
      )}
    </Panel>
  );
}
