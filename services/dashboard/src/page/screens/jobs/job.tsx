import '../../styles/parts.css';
import './jobs.css';
import { useState } from 'preact/hooks';
import type { Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Status } from '../../ui/status.tsx';
import { number, Table, unseen } from '../../ui/table.tsx';
import { Age, Clock, Countdown } from '../../ui/time.tsx';
import { valueOf } from '@ml-training/sdk';
import { tookOf } from '../../words.ts';
import { Cancel, Retry } from './actions.tsx';
import { Attempts } from './attempts.tsx';
import { Curves } from './curves.tsx';
import { Lines } from './lines.tsx';
import { pairOf } from './words.ts';

type Job = Answer<'GET /api/jobs/:id'>;

/** One job: what became of it and why, and what can be done about it. */
export function JobScreen({ id }: { readonly id: string }) {
  const job = useResource('GET /api/jobs/:id', { params: { id } }, { topics: ['jobs'], everyMs: 1000 });
  const { data } = job;
  const open = data === null || data.status === 'queued' || data.status === 'running';
  return (
    <>
      <p class="back">
        <Link href="/jobs">Jobs</Link>
      </p>
      <div class="job-head">
        <h1>{data === null ? 'Job' : pairOf(data)}</h1>
        {data !== null && (
          <>
            <Status of={data.status} />
            <div class="actions">
              {data.cannot_cancel === null && <Cancel job={data} onDone={() => job.reload()} />}
              {data.cannot_cancel !== null && (
                <Retry job={data} impossible={data.cannot_retry} onDone={() => job.reload()} />
              )}
            </div>
          </>
        )}
      </div>
      <Panel title="What became of it" resource={job}>
        {(shown) => <Facts job={shown} />}
      </Panel>
      {data !== null && (
        <>
          <Attempts job={data} />
          {data.stage_seconds !== null && <Stages seconds={data.stage_seconds} />}
          <Curves id={id} live={open} />
          <Lines id={id} live={open} />
          {data.result !== null && <Result result={data.result} />}
        </>
      )}
    </>
  );
}

/** What the training found that somebody should look at, a sentence each. */
function warningsOf(result: Job['result']): string[] {
  const warnings: unknown = Object.entries(result ?? {}).find(([name]) => name === 'warnings')?.[1];
  return Array.isArray(warnings) ? warnings.filter((one) => typeof one === 'string') : [];
}

function Facts({ job }: { readonly job: Job }) {
  const { error_message, error_code, advice, run, models } = job;
  const warnings = warningsOf(job.result);
  return (
    <>
      {error_message !== null && job.status !== 'completed' && (
        <div class="job-error" data-cancelled={job.status === 'cancelled' ? '' : undefined}>
          <strong>{error_code}</strong>
          <pre>{error_message}</pre>
          {advice !== null && <p>{advice}</p>}
        </div>
      )}
      <dl class="facts-list">
        {job.status === 'running' && (
          <>
            <dt>Now</dt>
            <dd>
              <Progress fraction={job.progress} label="Progress" /> {job.stage} on {job.trainer_id}
            </dd>
          </>
        )}
        {job.retry_at !== null && (
          <>
            <dt>Next attempt</dt>
            <dd>
              <Countdown to={job.retry_at} />
            </dd>
          </>
        )}
        <dt>Made</dt>
        <dd>
          <Clock at={job.created_at} seconds />, <Age at={job.created_at} />, by {byOf(job)}
        </dd>
        {job.completed_at !== null && (
          <>
            <dt>Ended</dt>
            <dd>
              <Clock at={job.completed_at} seconds />, <Age at={job.completed_at} />
            </dd>
          </>
        )}
        {run !== null && (
          <>
            <dt>Run</dt>
            <dd>
              <Link href={`/runs/${run.run_id}`}>
                {run.scheduled_for === null ? 'asked for by hand' : 'of the schedule'},{' '}
                {run.run_id.slice(0, 8)}
              </Link>
            </dd>
          </>
        )}
        {job.retry_of !== null && (
          <>
            <dt>Tries again</dt>
            <dd>
              <Link href={`/jobs/${job.retry_of}`}>job {job.retry_of.slice(0, 8)}</Link>
            </dd>
          </>
        )}
        {job.retried_by !== null && (
          <>
            <dt>Tried again by</dt>
            <dd>
              <Link href={`/jobs/${job.retried_by}`}>job {job.retried_by.slice(0, 8)}</Link>
            </dd>
          </>
        )}
        {models.length > 0 && (
          <>
            <dt>{models.length === 1 ? 'Its model' : 'Its models'}</dt>
            <dd>
              {models.map((model) => (
                <p key={model.model_id}>
                  <Link href={`/models/${model.model_id}`}>{model.symbol}</Link>{' '}
                  {model.is_active && <strong>in use </strong>}
                  {model.accuracy !== null && <>accuracy {model.accuracy.toFixed(3)}, </>}
                  {model.accuracy === null && model.return !== null && (
                    <>return {valueOf('return', model.return)}, </>
                  )}
                  {model.decision}
                </p>
              ))}
            </dd>
          </>
        )}
        {Object.entries(job.left_out ?? {}).length > 0 && (
          <>
            <dt>Left out</dt>
            <dd>
              {Object.entries(job.left_out ?? {}).map(([symbol, reason]) => (
                <p key={symbol}>
                  <strong>{symbol}</strong> {reason}
                </p>
              ))}
            </dd>
          </>
        )}
        {warnings.length > 0 && (
          <>
            <dt>{warnings.length === 1 ? 'Warning' : 'Warnings'}</dt>
            <dd>
              {warnings.map((warning) => (
                <p key={warning}>{warning}</p>
              ))}
            </dd>
          </>
        )}
        <dt>As JSON</dt>
        <dd>
          <a href={`/api/jobs/${job.job_id}`}>/api/jobs/{job.job_id}</a>
        </dd>
      </dl>
      {job.status === 'queued' && job.attempt === 0 && job.attempts.length === 0 && (
        <p class="none">
          It waits for a trainer. If none takes it, see the <Link href="/queue">queue</Link>.
        </p>
      )}
    </>
  );
}

const byOf = ({ trigger, retry_of }: Job): string =>
  retry_of !== null ? 'a retry' : { schedule: 'the schedule', manual: 'hand', tick: 'a bot' }[trigger];

/** In the order in which a training goes through them; PostgreSQL's JSON has another. */
const stages = [
  'loading the strategy',
  'reading bars',
  'checking for leaks',
  'training',
  'importances',
  'judging',
  'writing files',
];

function Stages({ seconds }: { readonly seconds: Readonly<Record<string, number>> }) {
  const placeOf = (stage: string): number => (stages.includes(stage) ? stages.indexOf(stage) : stages.length);
  const all = Object.entries(seconds).sort(([a], [b]) => placeOf(a) - placeOf(b));
  const longest = Math.max(...all.map(([, value]) => value));
  return (
    <section class="panel" aria-label="Stages">
      <header>
        <h2>Stages</h2>
      </header>
      <Table name="Seconds by stage" class="attempts" heads={['Stage', number('Took'), unseen('As a bar')]}>
        {all.map(([stage, value]) => (
          <tr key={stage}>
            <th scope="row">{stage}</th>
            <td class="number">{tookOf(value)}</td>
            <td class="track" aria-hidden="true">
              <span>
                <i style={{ left: 0, width: `${(100 * value) / (longest || 1)}%` }} />
              </span>
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Result({ result }: { readonly result: NonNullable<Job['result']> }) {
  const [copied, setCopied] = useState(false);
  const text = JSON.stringify(result, null, 2);
  return (
    <section class="panel" aria-label="Result">
      <header>
        <h2>Result</h2>
        <button
          type="button"
          class="quiet"
          onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
        >
          {copied ? 'Copied' : 'Copy as JSON'}
        </button>
      </header>
      <details>
        <summary>Report of the training, {Object.keys(result).join(', ')}</summary>
        <pre class="job-json" tabIndex={0} role="region" aria-label="Result as JSON">
          {text}
        </pre>
      </details>
    </section>
  );
}
