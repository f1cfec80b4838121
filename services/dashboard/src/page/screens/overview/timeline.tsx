import { computed } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Timeline as Data } from '../../../schemas/timeline.ts';
import { useRowKeys } from '../../keys.ts';
import { isTurn, paused } from '../../live.ts';
import { useResource } from '../../resource.ts';
import { queryWord, setQuery } from '../../router.ts';
import { Empty, Panel } from '../../ui/panel.tsx';
import { now as clock } from '../../ui/time.tsx';
import { clockOf, hourOf, plural, weekdayOf } from '../../words.ts';
import {
  askedStretch,
  isRange,
  marksOf,
  presentOf,
  ranges,
  stretchOf,
  type Range,
  type Stretch,
} from './scale.ts';
import { Rows } from './timeline-rows.tsx';
import { Numbers } from './timeline-numbers.tsx';

const capped = 12;
/** Rows that are asked for and drawn together; others when they come near. */
const chunk = 30;
const axisHeight = 28;
/** Nearer than that to an edge, a word of the axis would be cut off. */
const edge = 18;
/** Runs to come that are closer are drawn as fewer. */
const apart = 12;

/** Jobs and runs of the last hours or days, those to come, and a line where the present is. */
export function Timeline() {
  const asked = queryWord('range');
  const range: Range = isRange(asked) ? asked : '6h';
  const at = Date.parse(queryWord('at') ?? '');
  const end = Number.isNaN(at) ? null : at;
  const all = queryWord('rows') === 'all';
  const present = usePresent(range);
  const shown = stretchOf(range, end, present);
  const { from, to } = askedStretch(range, end, present);
  const first = useResource(
    'GET /api/timeline',
    { query: { from: iso(from), to: iso(to), limit: all ? chunk : capped, offset: 0 } },
    { topics: ['jobs', 'runs'], worth: isTurn, everyMs: 60_000 },
  );
  const pan = (by: number): void => {
    const half = (1000 * ranges[range]) / 2;
    setQuery({ at: iso(Math.round((shown.to + by * half) / 1000) * 1000) });
  };
  return (
    <Panel
      title="Timeline"
      resource={first}
      aside={
        <div class="timeline-tools" role="group" aria-label="Stretch of time">
          <button type="button" aria-label="Earlier" title="Earlier" onClick={() => pan(-1)}>
            ◂
          </button>
          {Object.keys(ranges).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === range}
              onClick={() => setQuery({ range: name === '6h' ? null : name })}
            >
              {name.replace(/(\D)/, ' $1')}
            </button>
          ))}
          <button type="button" aria-label="Later" title="Later" onClick={() => pan(1)}>
            ▸
          </button>
          <button type="button" aria-pressed={end === null} onClick={() => setQuery({ at: null })}>
            now
          </button>
        </div>
      }
    >
      {(data) =>
        data.total === 0 ? (
          <Empty {...(end === null ? { command: 'ml train' } : {})}>
            No job in this stretch of time.{' '}
            {data.ticks[0] === undefined ? '' : `The next run is at ${clockOf(data.ticks[0])}.`}
          </Empty>
        ) : (
          <Picture data={data} range={range} shown={shown} present={present} asked={{ from, to }} all={all} />
        )
      }
    </Panel>
  );
}

const iso = (ms: number): string => new Date(ms).toISOString();

const presents = {
  '6h': computed(() => presentOf('6h', clock.value)),
  '24h': computed(() => presentOf('24h', clock.value)),
  '7d': computed(() => presentOf('7d', clock.value)),
};

/** As it was when the reader stopped the page, if they did. */
function usePresent(range: Range): number {
  const ticking = presents[range].value;
  const last = useRef(ticking);
  if (!paused.value) last.current = ticking;
  return last.current;
}

interface PictureProps {
  readonly data: Data;
  readonly range: Range;
  readonly shown: Stretch;
  readonly asked: Stretch;
  readonly present: number;
  readonly all: boolean;
}

function Picture({ data, range, shown, asked, present, all }: PictureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  useRowKeys(holder, 'rows of the timeline');
  const x = (ms: number): number => ((ms - shown.from) / (shown.to - shown.from)) * width;
  const ticks = spread(
    data.ticks.map((tick) => Date.parse(tick)),
    (a, b) => x(b) - x(a) >= apart,
  );
  const offsets = all ? Array.from({ length: Math.ceil(data.total / chunk) }, (_, i) => i * chunk) : [0];
  const more = data.total - capped;
  return (
    <>
      <div
        class={all ? 'timeline all' : 'timeline'}
        ref={holder}
        tabIndex={all ? 0 : undefined}
        role={all ? 'region' : undefined}
        aria-label={all ? 'Every row of the timeline' : undefined}
      >
        <div class="timeline-axis">
          <span />
          <svg height={axisHeight} width={width} aria-hidden="true">
            {marksOf(range, shown)
              .filter((ms) => x(ms) > edge && x(ms) < width - edge)
              .map((ms) => (
                <text key={ms} x={x(ms)} y="12" text-anchor="middle">
                  {markText(ms, range)}
                </text>
              ))}
            {ticks.map((ms) => (
              <rect key={ms} class="to-come" x={x(ms) - 4} y="18" width="8" height="8">
                <title>run at {clockOf(iso(ms))}</title>
              </rect>
            ))}
          </svg>
        </div>
        {offsets.map((offset) => (
          <Chunk
            key={offset}
            ticks={ticks}
            offset={offset}
            first={data}
            range={range}
            asked={asked}
            shown={shown}
            width={width}
            present={present}
          />
        ))}
      </div>
      <p class="timeline-legend" aria-hidden="true">
        <span class="key" data-kind="completed" /> done <span class="key" data-kind="running" /> running{' '}
        <span class="key" data-kind="failed" /> failed <span class="key" data-kind="retried" /> tried again{' '}
        <span class="key" data-kind="waiting" /> waiting <span class="key" data-kind="to-come" /> run to come
      </p>
      {more > 0 && (
        <button type="button" class="quiet" onClick={() => setQuery({ rows: all ? null : 'all' })}>
          {all ? `Show the ${capped} busiest` : `Show all ${plural(data.total, 'row')}`}
        </button>
      )}
      <Numbers data={data} />
    </>
  );
}

const markText = (ms: number, range: Range): string =>
  range === '7d' || new Date(ms).getHours() === 0 ? weekdayOf(ms) : hourOf(ms);

/** The first, and each that is far enough from the last one kept. */
function spread(times: readonly number[], isApart: (a: number, b: number) => boolean): number[] {
  const kept: number[] = [];
  for (const time of times) if (kept.length === 0 || isApart(kept.at(-1)!, time)) kept.push(time);
  return kept;
}

interface ChunkProps extends Omit<PictureProps, 'data' | 'all'> {
  readonly offset: number;
  /** What was asked for first, which holds the rows of the first chunk. */
  readonly first: Data;
  readonly width: number;
  readonly ticks: readonly number[];
}

/** Some rows; those that aren't near are room of the same height, and ask for nothing. */
function Chunk({ offset, first, ...picture }: ChunkProps) {
  const holder = useRef<HTMLDivElement>(null);
  const near = useNear(holder, offset > 0);
  const count = Math.min(chunk, first.total - offset);
  return (
    <div ref={holder} style={offset === 0 ? undefined : { minHeight: `${28 * count}px` }}>
      {offset === 0 ? <Rows data={first} {...picture} /> : near && <LaterRows offset={offset} {...picture} />}
    </div>
  );
}

function LaterRows({ offset, ...picture }: Omit<ChunkProps, 'first'>) {
  const { from, to } = picture.asked;
  const { data, error } = useResource(
    'GET /api/timeline',
    { query: { from: iso(from), to: iso(to), limit: chunk, offset } },
    { topics: ['jobs', 'runs'], worth: isTurn, minMs: 2000 },
  );
  if (data === null) return error === null ? null : <p class="problem">{error}</p>;
  return <Rows data={data} {...picture} />;
}

/** As wide as it was last, so that nothing is drawn twice; the first time a guess. */
let lastWidth = 600;

function useWidth(holder: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(lastWidth);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const measured = new ResizeObserver(() => {
      // It tells of one that is taken away, too, which has no style any more.
      if (!element.isConnected) return;
      const label = parseFloat(getComputedStyle(element).getPropertyValue('--label'));
      lastWidth = Math.max(120, Math.floor(element.clientWidth - label));
      setWidth(lastWidth);
    });
    measured.observe(element);
    return () => measured.disconnect();
  }, []);
  return width;
}

function useNear(holder: { readonly current: HTMLElement | null }, wanted: boolean): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = holder.current;
    if (!wanted || element === null) return undefined;
    const seen = new IntersectionObserver(
      (entries) => setNear(entries.some((entry) => entry.isIntersecting)),
      {
        root: element.closest('.timeline'),
        rootMargin: '140px',
      },
    );
    seen.observe(element);
    return () => seen.disconnect();
  }, [wanted]);
  return near;
}
