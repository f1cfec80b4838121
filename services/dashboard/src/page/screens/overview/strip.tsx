import { call } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Action } from '../../ui/action.tsx';
import { Panel } from '../../ui/panel.tsx';
import { lengthOf, plural } from '../../words.ts';

const signs = { healthy: '●', degraded: '▲', down: '✕' };

/** Health of the servers and of each role, and the button that starts a run. */
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
            <span>redis {redis.ms === null ? redis.problem : `${redis.ms} ms`}</span>
            <span>postgres {postgres.ms === null ? postgres.problem : `${postgres.ms} ms`}</span>
            {roles.map(({ role, instances, last_beat_seconds }) => (
              <span key={role} data-missing={instances === 0 ? '' : undefined}>
                {role}
                {instances > 1 ? ` ×${instances}` : ''}{' '}
                {instances === 0
                  ? last_beat_seconds === null
                    ? 'never seen'
                    : `gone ${lengthOf(last_beat_seconds)} ago`
                  : `${last_beat_seconds ?? 0} s`}
              </span>
            ))}
          </p>
          {problems.length > 0 && (
            <ul class="problems">
              {problems.map((problem) => (
                <li key={problem}>{problem}</li>
              ))}
            </ul>
          )}
          <p>
            <Action
              primary
              impossible={
                access === 'read-only' ? 'read-only: set API_TOKEN to change something from here' : null
              }
              run={async () => {
                const { jobs } = await call('POST /api/runs');
                return `${plural(jobs.length, 'job')} queued`;
              }}
            >
              Run now
            </Action>
          </p>
        </>
      )}
    </Panel>
  );
}
