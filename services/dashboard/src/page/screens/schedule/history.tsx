import type { Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { search } from '../../router.ts';
import { Link } from '../../ui/link.tsx';
import { Empty, Panel } from '../../ui/panel.tsx';
import { number, Table } from '../../ui/table.tsx';
import { Age, Clock } from '../../ui/time.tsx';
import { plural, tookOf } from '../../words.ts';
import { Outcome } from './outcome.tsx';

const runsAPage = 25;
type Run = Answer<'GET /api/runs'>['items'][number];

/** Runs, the newest first, a page at a time; where it began stands in the URL. */
export function RunHistory() {
  const cursor = search.value.get('before');
  const runs = useResource(
    'GET /api/runs',
    { query: { limit: runsAPage, ...(cursor === null ? {} : { cursor }) } },
    { topics: ['runs', 'jobs'] },
  );
  return (
    <Panel title="Runs" resource={runs}>
      {({ items, next_cursor }) => (
        <>
          {items.length === 0 ? (
            <Empty command="npm run -s ml -- train">
              No run yet. One starts at the next tick, by Run now on the overview, or by this command:
            </Empty>
          ) : (
            <Table name="Runs" class="runs" heads={['Started', 'Why', number('Took'), 'Jobs', 'Left out']}>
              {items.map((run) => (
                <Row key={run.run_id} run={run} />
              ))}
            </Table>
          )}
          <nav class="pages" aria-label="Pages of runs">
            {cursor !== null && <Link href="/schedule">Newest runs</Link>}
            {next_cursor !== null && (
              <Link href={`/schedule?before=${encodeURIComponent(next_cursor)}`}>Older runs</Link>
            )}
          </nav>
        </>
      )}
    </Panel>
  );
}

function Row({ run }: { readonly run: Run }) {
  const { run_id, requested_at, scheduled_for, duration_seconds, outcome } = run;
  return (
    <tr>
      <th scope="row">
        <Link href={`/runs/${run_id}`}>
          <Clock at={requested_at} />
        </Link>{' '}
        <span class="none">
          <Age at={requested_at} />
        </span>
      </th>
      <td>
        {scheduled_for === null ? (
          'asked for'
        ) : (
          <>
            tick of <Clock at={scheduled_for} />
          </>
        )}
      </td>
      <td class="number" data-took={duration_seconds === null ? undefined : ''}>
        {duration_seconds === null ? 'under way' : tookOf(duration_seconds)}
      </td>
      <td>
        <Outcome of={outcome} />
      </td>
      <td class="left-out">
        <LeftOut run={run} />
      </td>
    </tr>
  );
}

function LeftOut({ run: { skipped, skipped_count } }: { readonly run: Run }) {
  const [first] = skipped;
  if (first === undefined) return <span class="none">nothing</span>;
  const others = skipped.length - 1;
  return (
    <span title={skipped.map(({ reason, count }) => `${count}: ${reason}`).join('\n')}>
      {plural(skipped_count, 'pair')}: {first.reason}
      {others > 0 ? `, and ${plural(others, 'other reason')}` : ''}
    </span>
  );
}
