import '../../styles/parts.css';
import './queue.css';
import { call, type Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Action } from '../../ui/action.tsx';
import { Link } from '../../ui/link.tsx';
import { Empty, Panel } from '../../ui/panel.tsx';
import { Progress } from '../../ui/progress.tsx';
import { number, Table, unseen } from '../../ui/table.tsx';
import { Age, Clock, Countdown } from '../../ui/time.tsx';
import { lengthOf, plural } from '../../words.ts';
import { pairOf } from '../jobs/words.ts';

type Queue = Answer<'GET /api/queue'>;

/** What waits, what trainers hold, and what no job could be made of. */
export function QueueScreen() {
  const queue = useResource('GET /api/queue', {}, { topics: ['queue', 'jobs'], everyMs: 2000 });
  return (
    <>
      <h1>Queue</h1>
      <Panel title="Waiting" resource={queue}>
        {(data) => <Waiting queue={data} />}
      </Panel>
      {queue.data !== null && (
        <>
          <Next queue={queue.data} />
          <Held held={queue.data.held} />
          <Dead dead={queue.data.dead} reload={() => queue.reload()} />
        </>
      )}
    </>
  );
}

function Waiting({ queue: { waiting, length, estimate } }: { readonly queue: Queue }) {
  if (waiting.length === 0)
    return (
      <Empty command="npm run -s ml -- train">
        Nothing waits{length > 0 ? `; ${plural(length, 'entry', 'entries')} in the list will be dropped` : ''}
        . This asks for a training of everything:
      </Empty>
    );
  return (
    <Table
      name="Waiting, by strategy"
      class="queue-table"
      heads={[
        'Strategy',
        number('Ready'),
        number('Oldest'),
        number('Later'),
        'Next of those',
        number("Bots' wishes"),
      ]}
      below={
        <p class="none">
          {plural(length, 'entry', 'entries')} in ml_training_queue. <Estimate of={estimate} />
        </p>
      }
    >
      {waiting.map((row) => (
        <tr key={row.strategy_type}>
          <th scope="row">
            <Link href={`/jobs?q=${encodeURIComponent(`status:queued strategy:${row.strategy_type} `)}`}>
              {row.strategy_type}
            </Link>
          </th>
          <td class="number">{row.ready}</td>
          <td class="number">{row.oldest_seconds === null ? '' : lengthOf(row.oldest_seconds)}</td>
          <td class="number">{row.later}</td>
          <td>{row.next_retry_at !== null && <Countdown to={row.next_retry_at} />}</td>
          <td class="number">{row.wishes}</td>
        </tr>
      ))}
    </Table>
  );
}

/** When all of it is done, and whether that is in time. */
function Estimate({ of }: { readonly of: Queue['estimate'] }) {
  const { trainers, ends_at, next_run, too_long, unmeasured } = of;
  if (ends_at === null) return unmeasured.length > 0 ? <>When all is done is not known yet.</> : null;
  return (
    <>
      Done at <Clock at={ends_at} /> or later with {plural(trainers, 'trainer')}
      {unmeasured.length > 0 && `, ${unmeasured.join(', ')} not counted`}
      {next_run !== null && (
        <>
          ; next run <Clock at={next_run} />
        </>
      )}
      {too_long ? <span class="problems">: too late</span> : '.'}
    </>
  );
}

/** What trainers take next, and why that. */
function Next({ queue: { next, length } }: { readonly queue: Queue }) {
  if (next.length === 0) return null;
  return (
    <section class="panel" aria-label="Taken next">
      <header>
        <h2>Taken next</h2>
      </header>
      <Table
        name="Taken next"
        class="queue-table"
        heads={[number('Place'), 'Job', 'Why']}
        below={
          length > next.length && (
            <p class="none">
              The first {next.length} of {length}.
            </p>
          )
        }
      >
        {next.map(({ job_id, strategy_type, symbol, why }, i) => (
          <tr key={`${job_id ?? ''} ${i}`}>
            <td class="number">{i + 1}</td>
            <th scope="row">
              <NextJob id={job_id} strategy={strategy_type} symbol={symbol} />
            </th>
            <td class="wide">{why}</td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function NextJob(job: {
  readonly id: string | null;
  readonly strategy: string | null;
  readonly symbol: string | null;
}) {
  const { id, strategy, symbol } = job;
  if (strategy === null || symbol === null) return <>{id ?? 'no job'}</>;
  const name = pairOf({ strategy_type: strategy, symbol });
  return id === null ? <>{name}</> : <Link href={`/jobs/${id}`}>{name}</Link>;
}

function Held({ held }: { readonly held: Queue['held'] }) {
  return (
    <section class="panel" aria-label="Held by trainers">
      <header>
        <h2>Held by trainers</h2>
      </header>
      {held.length === 0 ? (
        <p class="none">No trainer holds an entry: none trains, or none is there.</p>
      ) : (
        <Table name="Held by trainers" class="queue-table" heads={['Trainer', 'Job', 'Since', 'How far']}>
          {held.map(({ trainer_id, alive, job }) => (
            <tr key={`${trainer_id} ${job?.job_id ?? ''}`}>
              <th scope="row">
                {trainer_id}
                {!alive && <span class="problems"> ✕ gone: its entry goes back to the queue</span>}
              </th>
              <td>
                {job === null ? (
                  'an entry no job is made of yet'
                ) : (
                  <Link href={`/jobs/${job.job_id}`}>{pairOf(job)}</Link>
                )}
              </td>
              <td>{job?.started_at != null && <Age at={job.started_at} />}</td>
              <td class="wide">
                {job !== null &&
                  (job.status === 'running' ? (
                    <>
                      <Progress fraction={job.progress} label={`Progress of ${pairOf(job)}`} /> {job.stage}
                    </>
                  ) : (
                    job.status
                  ))}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

function Dead({
  dead: { count, items },
  reload,
}: {
  readonly dead: Queue['dead'];
  readonly reload: () => void;
}) {
  const usable = items.filter(({ cannot_requeue }) => cannot_requeue === null).length;
  return (
    <section class="panel" aria-label="Dead">
      <header>
        <h2>Dead</h2>
        {count > 0 && (
          <Action
            confirm={
              `Put every dead entry that can be used back into the queue? ${usable} of ${items.length} ` +
              'here can.'
            }
            impossible={usable === 0 && count <= items.length ? 'none of them can be used' : null}
            run={async () => {
              const { requeued, refused } = await call('POST /api/queue/dead/requeue', {
                body: { all: true },
              });
              reload();
              return (
                `${plural(requeued.length, 'entry', 'entries')} put ` +
                `back${refused.length > 0 ? `, ${refused.length} stay` : ''}`
              );
            }}
          >
            Requeue all
          </Action>
        )}
      </header>
      {count === 0 ? (
        <p class="none">
          None. What no job can be made of comes here, with the reason; the last thousand are kept.
        </p>
      ) : (
        <Table
          name="Dead entries"
          class="queue-table"
          heads={['When', 'Why', 'Entry', unseen('What can be done')]}
          below={
            count > items.length && (
              <p class="none">
                The newest {items.length} of {count}.
              </p>
            )
          }
        >
          {items.map(({ id, at, reason, payload, cannot_requeue }, i) => (
            <tr key={`${id} ${i}`}>
              <td>
                <Age at={at} />
              </td>
              <td class="wide">{reason}</td>
              <td class="wide">
                <code>{payload}</code>
              </td>
              <td>
                <Action
                  confirm="Put this entry back into the queue, as it was?"
                  impossible={cannot_requeue}
                  run={async () => {
                    await call('POST /api/queue/dead/requeue', { body: { id } });
                    reload();
                    return 'put back into the queue';
                  }}
                >
                  Requeue
                </Action>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
