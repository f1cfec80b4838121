import { ALL_SYMBOLS } from '@ml-training/sdk';
import type { Span, Timeline } from '../../../schemas/timeline.ts';
import { navigate } from '../../router.ts';
import { Link } from '../../ui/link.tsx';
import { clockOf, lengthOf, plural } from '../../words.ts';
import type { Range, Stretch } from './scale.ts';
import { marksOf } from './scale.ts';

const rowHeight = 28;
/** A job of seconds must be seen in a picture of days. */
const minShown = 3;

interface RowsProps {
  readonly data: Timeline;
  readonly range: Range;
  readonly shown: Stretch;
  readonly present: number;
  /** Runs to come, as far as they are drawn. */
  readonly ticks: readonly number[];
  /** Pixels. */
  readonly width: number;
}

/** A row each pair: its name, and a picture of what its jobs did when. */
export function Rows({ data, range, shown, present, ticks, width }: RowsProps) {
  const x = (ms: number): number => ((ms - shown.from) / (shown.to - shown.from)) * width;
  // One line for all of them: a picture of many rows has no more parts than jobs.
  const upright = (times: readonly number[]): string =>
    times.map((ms) => `M${x(ms)} 0V${rowHeight}`).join('');
  const [marks, toCome] = [upright(marksOf(range, shown)), upright(ticks)];
  return (
    <>
      {data.rows.map(({ strategy_type, symbol, jobs, failed, spans }) => {
        const newest = spans.at(-1);
        const name = `${strategy_type} ${symbol === ALL_SYMBOLS ? 'all' : symbol}`;
        return (
          <div class="timeline-row" key={`${strategy_type} ${symbol}`}>
            <Link
              class="label"
              href={`/jobs?${new URLSearchParams({ strategy: strategy_type, symbol }).toString()}`}
              title={`${name}: ${plural(jobs, 'job')} here, ${failed} failed`}
              row
            >
              {name}
              <span class="unseen">
                : {plural(jobs, 'job')}, {failed} failed
                {newest === undefined ? '' : `, the last one ${wordsOf(newest)}`}
              </span>
            </Link>
            <svg height={rowHeight} width={width} aria-hidden="true">
              <path class="mark" d={marks} />
              <path class="tick" d={toCome} />
              <line class="base" x1="0" x2={width} y1={rowHeight / 2} y2={rowHeight / 2} />
              {spans.map((span) => (
                <Shape
                  key={`${span.job_id} ${span.kind} ${span.from}`}
                  span={span}
                  x={x}
                  present={present}
                  width={width}
                />
              ))}
              <line class="now" x1={x(present)} x2={x(present)} y1="0" y2={rowHeight} />
            </svg>
          </div>
        );
      })}
    </>
  );
}

interface ShapeProps {
  readonly span: Span;
  readonly x: (ms: number) => number;
  readonly present: number;
  readonly width: number;
}

/** Kinds differ in shape as well as in colour: full, striped and growing, crossed, hollow, a thin line. */
function Shape({ span, x, present, width }: ShapeProps) {
  const { kind, job_id } = span;
  const from = Math.max(-20, x(Date.parse(span.from)));
  const to = Math.min(
    width + 20,
    x(span.to === null ? Math.max(present, Date.parse(span.from)) : Date.parse(span.to)),
  );
  if (to < -10 || from > width + 10) return null;
  if (kind === 'waiting')
    return to - from < 1 ? null : (
      <rect class="span" data-kind={kind} x={from} y="12.5" width={to - from} height="3" />
    );
  const isCross = kind === 'failed';
  const wide = Math.max(isCross ? 9 : minShown, to - from);
  const middle = from + wide / 2;
  return (
    <g class="span-of-job" onClick={() => navigate(`/jobs/${job_id}`)}>
      <title>{wordsOf(span)}</title>
      <rect class="span" data-kind={kind} x={from} y="6" width={wide} height="16" />
      {isCross && <path class="cross" d={`M${middle - 3} 11l6 6m0 -6l-6 6`} />}
      {kind === 'retried' && wide >= minShown && (
        <path class="slash" d={`M${from} 22L${from + Math.min(wide, 16)} 6`} />
      )}
    </g>
  );
}

const kindWords = {
  waiting: 'waiting',
  retried: 'failed, tried again',
  running: 'running',
  completed: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** `attempt 2 of 4 failed, tried again: TRAINING_FAILED, 14:00:03 for 12 s`. */
function wordsOf({ kind, from, to, attempt, max_attempts, error }: Span): string {
  const seconds = ((to === null ? Date.now() : Date.parse(to)) - Date.parse(from)) / 1000;
  return (
    `${attempt > 0 ? `attempt ${attempt} of ${max_attempts} ` : ''}${kindWords[kind]}` +
    `${error === null ? '' : `: ${error}`}, ${clockOf(from, { seconds: true })} for ${lengthOf(seconds)}`
  );
}
