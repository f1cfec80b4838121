import type { Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Panel } from '../../ui/panel.tsx';
import { Clock } from '../../ui/time.tsx';
import { plural } from '../../words.ts';

type Line = Answer<'GET /api/jobs/:id/logs'>['items'][number];

/** What its trainer and the training said. */
export function Lines({ id, live }: { readonly id: string; readonly live: boolean }) {
  const lines = useResource(
    'GET /api/jobs/:id/logs',
    { params: { id } },
    live ? { topics: ['jobs'], everyMs: 2000 } : { topics: ['jobs'] },
  );
  return (
    <Panel title="Log lines" resource={lines}>
      {({ items }) =>
        items.length === 0 ? (
          <p class="none">None were kept.</p>
        ) : (
          <div class="scroll" tabIndex={0} role="region" aria-label="Log lines">
            <table class="job-lines">
              <thead class="unseen">
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Attempt</th>
                  <th scope="col">Line</th>
                </tr>
              </thead>
              <tbody>
                {items.map((line, i) => (
                  <Row key={line.seq} line={line} missing={line.seq - (items[i - 1]?.seq ?? 0) - 1} />
                ))}
              </tbody>
            </table>
          </div>
        )
      }
    </Panel>
  );
}

/** What the attempts above say already. */
const known = ['service', 'instance', 'trainer', 'job_id', 'strategy_type', 'symbol', 'attempt'];

function Row({ line, missing }: { readonly line: Line; readonly missing: number }) {
  const facts = Object.entries(line.facts).filter(([name]) => !known.includes(name));
  return (
    <>
      {missing > 0 && (
        <tr>
          <td colSpan={3} class="none">
            {plural(missing, 'line')} not kept
          </td>
        </tr>
      )}
      <tr data-level={line.level}>
        <td>
          <Clock at={line.at} seconds />
        </td>
        <td class="number">{line.attempt}</td>
        <td>
          {line.level === 'info' ? '' : `${line.level}: `}
          {line.message}{' '}
          {facts.length > 0 && (
            <span class="line-facts">
              {facts
                .map(
                  ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
                )
                .join(' · ')}
            </span>
          )}
        </td>
      </tr>
    </>
  );
}
