import { ALL_SYMBOLS } from '@ml-training/sdk';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Trainers as Data } from '../../../schemas/trainers.ts';
import { isTurn, onEvent } from '../../live.ts';
import { useResource } from '../../resource.ts';
import { Chart } from '../../ui/chart.tsx';
import { Link } from '../../ui/link.tsx';
import { Empty, Panel } from '../../ui/panel.tsx';
import { Progress } from '../../ui/progress.tsx';
import { Age, now } from '../../ui/time.tsx';
import { lengthOf } from '../../words.ts';
import { aligned, mainCurves, withPoints, type Point } from './curves.ts';

type Item = Data['items'][number];
type Job = NonNullable<Item['job']>;
interface Moved {
  readonly job_id: string;
  readonly progress: number;
  readonly stage: string | null;
}

/** What each trainer does now: progress and curves come with the stream, not by asking. */
export function Trainers() {
  const resource = useResource('GET /api/trainers', {}, { topics: ['jobs'], worth: isTurn, everyMs: 15_000 });
  return (
    <Panel title="Trainers" resource={resource}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty command="docker compose --profile ml-training up -d trainer">
            No trainer is running, so nothing is trained. Start one:
          </Empty>
        ) : (
          <ul class="trainers">
            {items.map((item) => (
              <Trainer key={item.instance} item={item} />
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

const colors = ['--hue-1', '--hue-2', '--hue-3', '--hue-4'];

function Trainer({ item: { instance, alive, job, idle_since } }: { readonly item: Item }) {
  return (
    <li class="trainer" data-busy={job === null ? undefined : ''}>
      <p>
        <span class="of" title={instance}>
          {instance.length > 24 ? `…${instance.slice(-14)}` : instance}
        </span>{' '}
        {!alive && (
          <strong class="status" data-status="failed">
            ✕ silent, its job is taken back when its lease ends
          </strong>
        )}
        {job === null &&
          (idle_since === null ? (
            'idle'
          ) : (
            <>
              idle, last job ended <Age at={idle_since} />
            </>
          ))}
      </p>
      {job !== null && <Training key={`${job.job_id} ${job.attempt}`} job={job} />}
    </li>
  );
}

function Training({ job: asked }: { readonly job: Job }) {
  const job = useLive(asked);
  const { job_id, strategy_type, symbol, attempt, max_attempts, progress, stage, started_at, curves } = job;
  const shown = useMemo(() => mainCurves(curves), [curves]);
  const { steps, values } = useMemo(() => aligned(shown), [shown]);
  const series = useMemo(
    () =>
      shown.map(({ name }, i) => ({
        name: name.replaceAll('_', ' '),
        values: values[i]!,
        color: colors[i]!,
      })),
    [shown, values],
  );
  const name = `${strategy_type} ${symbol === ALL_SYMBOLS ? 'all symbols' : symbol}`;
  return (
    <>
      <p class="training">
        <Link href={`/jobs/${job_id}`}>{name}</Link>
        <Progress fraction={progress} label={`Progress of ${name}`} />
        <span>{stage ?? 'starting'}</span>
        {steps.length > 0 && <span>step {steps.at(-1)}</span>}
        {attempt > 1 && (
          <span>
            attempt {attempt} of {max_attempts}
          </span>
        )}
        <span>for {lengthOf((now.value - Date.parse(started_at)) / 1000)}</span>
      </p>
      {steps.length > 1 && (
        <Chart title={`Curves of ${name}`} xName="step" x={steps} series={series} height={120} />
      )}
    </>
  );
}

/** A job with what the stream told of it since it was asked for. */
function useLive(asked: Job): Job {
  const [job, setJob] = useState(asked);
  useEffect(() => setJob(asked), [asked]);
  useEffect(() => {
    // Our own API sends both.
    const ends = [
      onEvent('jobs', (data) => {
        const moved = (data as Moved[] | null)?.find(({ job_id }) => job_id === asked.job_id);
        if (moved !== undefined)
          setJob((before) => ({ ...before, progress: moved.progress, stage: moved.stage }));
      }),
      onEvent('curves', (data) => {
        const own = (data as Point[] | null)?.filter(({ job_id }) => job_id === asked.job_id) ?? [];
        if (own.length > 0) setJob((before) => ({ ...before, curves: withPoints(before.curves, own) }));
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [asked.job_id]);
  return job;
}
