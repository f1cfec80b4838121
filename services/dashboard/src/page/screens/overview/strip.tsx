import type { Outlook } from '../../../schemas/outlook.ts';
import { call } from '../../api.ts';
import { isTurn } from '../../live.ts';
import { useResource } from '../../resource.ts';
import { Action } from '../../ui/action.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Clock, Countdown } from '../../ui/time.tsx';
import { lengthOf, plural, tookOf } from '../../words.ts';

const signs = { healthy: '●', degraded: '▲', down: '✕' };

/** Health of the servers and of each role, the last run and the next one, and the button that starts one. */
export function Strip() {
  const health = useResource('GET /api/health', {}, { topics: ['health'], everyMs: 5000 });
  return (
    <Panel title="Health" resource={health}>
      {({ status, problems, redis, postgres, roles, access }) => (
        <>
          <p class="strip">
            <strong class="health" data-health={status}>
              <span aria-hidden="true">{signs[status]}</span> {status}
            </strong>
            <Server name="redis" {...redis} />
            <Server name="postgres" {...postgres} />
            {roles.map(({ role, instances, last_beat_seconds: age }) => (
              <span key={role} data-missing={instances === 0 ? '' : undefined}>
                <span class="of">{role}</span>
                {instances > 1 ? ` ×${instances}` : ''}{' '}
                {instances > 0 ? `${age ?? 0} s` : age === null ? 'never seen' : `gone ${lengthOf(age)} ago`}
              </span>
            ))}
          </p>
          {problems.some(isNowhereElse) && (
            <ul class="problems">
              {problems.filter(isNowhereElse).map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          )}
          <Runs access={access} />
        </>
      )}
    </Panel>
  );
}

/** What the heartbeat tells of trainings and roles stands under Needs you, with what to do about it. */
const isNowhereElse = (problem: string): boolean =>
  !/^(the last training failed|left out of the ensemble|jobs wait|no \w+ is running|no heartbeat:)/.test(
    problem,
  );

function Server({ name, ms, problem }: { name: string; ms: number | null; problem: string | null }) {
  return (
    <span data-missing={ms === null ? '' : undefined}>
      <span class="of">{name}</span> {ms === null ? (problem ?? 'away') : `${ms} ms`}
    </span>
  );
}

function Runs({ access }: { access: 'full' | 'token' | 'read-only' }) {
  const outlook = useResource(
    'GET /api/outlook',
    {},
    { topics: ['runs', 'jobs'], worth: isTurn, everyMs: 60_000 },
  );
  const { data, error } = outlook;
  return (
    <div class="last-next" data-stale={error !== null && data !== null ? '' : undefined}>
      <p>
        <span class="of">last run</span> {data === null ? '…' : <LastRun run={data.last_run} />}
      </p>
      <p>
        <span class="of">next run</span>{' '}
        {data === null ? (
          '…'
        ) : data.next_run === null ? (
          <>none: {data.cron} never fires</>
        ) : (
          <>
            <Clock at={data.next_run} />, <Countdown to={data.next_run} />
          </>
        )}
      </p>
      {error !== null && <p class="problem">{error}</p>}
      <Action
        primary
        impossible={access === 'read-only' ? 'read-only: set API_TOKEN to change something from here' : null}
        run={async () => {
          const { jobs, skipped } = await call('POST /api/runs');
          return (
            `${plural(jobs.length, 'job')} ` +
            `queued${skipped.length > 0 ? `, ${skipped.length} left out` : ''}`
          );
        }}
      >
        Run now
      </Action>
    </div>
  );
}

/** `14:00, 7 of 7 done in 8.7 s`. */
function LastRun({ run }: { run: Outlook['last_run'] }) {
  if (run === null) return <>none yet: Run now starts one</>;
  const { run_id, requested_at, jobs, completed, failed, cancelled, queued, running, seconds, skipped } = run;
  const parts = [
    `${completed} of ${plural(jobs, 'job')} done${seconds === null ? '' : ` in ${tookOf(seconds)}`}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(cancelled > 0 ? [`${cancelled} cancelled`] : []),
    ...(running > 0 ? [`${running} running`] : []),
    ...(queued > 0 ? [`${queued} waiting`] : []),
    ...(skipped > 0 ? [`${skipped} left out`] : []),
  ];
  return (
    <>
      <Link href={`/runs/${run_id}`}>
        <Clock at={requested_at} />
      </Link>
      , {jobs === 0 ? `nothing to train${skipped > 0 ? `, ${skipped} left out` : ''}` : parts.join(', ')}
    </>
  );
}
