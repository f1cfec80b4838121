import { useMemo } from 'preact/hooks';
import type { ChampionCell, Champions as Data } from '../../../schemas/champions.ts';
import { useRowKeys } from '../../keys.ts';
import { isTurn } from '../../live.ts';
import { useResource } from '../../resource.ts';
import { queryWord, setQuery } from '../../router.ts';
import { Link } from '../../ui/link.tsx';
import { NoBars } from '../../ui/no-bars.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Age } from '../../ui/time.tsx';
import { useVirtualRows } from '../../ui/virtual-rows.ts';
import { plural } from '../../words.ts';
import { cellWords, differenceWords, ordered, scoreWords, spanOf, type Sort } from './matrix.ts';

/** Strategies × symbols: how much better than a naive rule the model in use is, and how sure that is. */
export function Champions() {
  const resource = useResource(
    'GET /api/champions',
    {},
    { topics: ['models', 'jobs'], worth: isTurn, everyMs: 60_000, minMs: 2000 },
  );
  const words = queryWord('q') ?? '';
  return (
    <Panel
      title="Champions"
      resource={resource}
      aside={
        <>
          <button
            type="button"
            aria-pressed={queryWord('sort') === null}
            onClick={() => setQuery({ sort: null, down: null })}
          >
            worst first
          </button>
          <input
            type="search"
            placeholder="filter symbols  ( / )"
            aria-label="Filter symbols"
            value={words}
            onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })}
          />
          <span class="hint">
            each cell: score less its best naive rule’s, on the holdout, with the score’s 95 % interval; right
            of the line is better
          </span>
        </>
      }
    >
      {(data) => (data.rows.length === 0 ? <NoBars /> : <Matrix data={data} words={words} />)}
    </Panel>
  );
}

function Matrix({ data, words }: { readonly data: Data; readonly words: string }) {
  const sort = queryWord('sort') ?? 'worst';
  const down = queryWord('down') !== null;
  const rows = useMemo(() => ordered(data, { sort, down, words }), [data, sort, down, words]);
  const spans = useMemo(() => data.strategies.map((_, column) => spanOf(data.rows, column)), [data]);
  const { scroller, shown, above, below } = useVirtualRows(rows.length);
  useRowKeys(scroller, 'champions');
  const head = (by: Sort, text: string, more = '') => (
    <th key={by} scope="col" aria-sort={sort === by ? (down ? 'descending' : 'ascending') : undefined}>
      <button
        type="button"
        class="quiet sort"
        onClick={() =>
          setQuery({ sort: by === 'worst' ? null : by, down: sort === by && !down ? 'yes' : null })
        }
      >
        {text} {sort === by ? (down ? '▾' : '▴') : ''}
      </button>
      {more !== '' && <span class="unit">{more}</span>}
    </th>
  );
  return (
    <>
      <div class="scroll matrix" ref={scroller} tabIndex={0} role="region" aria-label="Champions by symbol">
        <table aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {head('symbol', 'symbol')}
              {data.strategies.map(({ strategy_type, score }) =>
                head(strategy_type, strategy_type, scoreWords[score]),
              )}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <tr aria-hidden="true" style={{ height: `${above}px` }} />}
            {shown.map((place) => {
              const row = rows[place];
              if (row === undefined) return null;
              return (
                <tr key={row.symbol} aria-rowindex={place + 2} data-row="" tabIndex={-1}>
                  <th scope="row">{row.symbol}</th>
                  {row.cells.map((cell, column) => (
                    <td key={cell.strategy_type} title={cellWords(data.strategies[column]!, cell)}>
                      <Cell cell={cell} span={spans[column]!} score={data.strategies[column]!.score} />
                    </td>
                  ))}
                </tr>
              );
            })}
            {below > 0 && <tr aria-hidden="true" style={{ height: `${below}px` }} />}
          </tbody>
        </table>
      </div>
      <p class="hint">
        {words === ''
          ? plural(rows.length, 'symbol')
          : rows.length === 0
            ? `No symbol has "${words}" in its name.`
            : `${rows.length} of ${plural(data.rows.length, 'symbol')}`}
      </p>
    </>
  );
}

interface CellProps {
  readonly cell: ChampionCell;
  readonly span: number;
  readonly score: Data['strategies'][number]['score'];
}

function Cell({ cell, span, score }: CellProps) {
  const { model, why_none, planned, last } = cell;
  if (model === null)
    return (
      <span class="none-cell" data-missing={planned ? '' : undefined}>
        none: {why_none}
      </span>
    );
  const { difference, low, high, model_id, created_at } = model;
  const lead = low !== null && low > 0 ? 'better' : high !== null && high < 0 ? 'worse' : 'noise';
  return (
    <span class="cell" data-lead={lead}>
      <Link href={`/models/${model_id}`} class="number">
        {differenceWords(score, difference)}
        {low !== null && high !== null && (
          <span class="unseen">
            , 95 % {differenceWords(score, low)} to {differenceWords(score, high)}
          </span>
        )}
      </Link>
      <Interval difference={difference} low={low} high={high} span={span} />
      <Age at={created_at} />
      {model.live?.verdict === 'below' && (
        <Link href={`/models/${model_id}`} class="refused" title={model.live.note ?? ''}>
          below on new bars
        </Link>
      )}
      {last !== null && !last.promoted && (
        <Link href={`/models/${last.model_id}`} class="refused" title={last.decision}>
          newest refused
        </Link>
      )}
    </span>
  );
}

const width = 96;
const middle = width / 2;

interface IntervalProps {
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly span: number;
}

/** The line in the middle is the naive rule; what goes beyond the picture ends in an arrow. */
function Interval({ difference, low, high, span }: IntervalProps) {
  const at = (value: number): number =>
    Math.min(width - 3, Math.max(3, middle + (value / span) * (middle - 6)));
  const isCut = (value: number): boolean => Math.abs(value) > span * 1.05;
  return (
    <svg class="interval" width={width} height="16" aria-hidden="true">
      <line class="rule" x1={middle} x2={middle} y1="0" y2="16" />
      {low !== null && high !== null && (
        <path
          d={
            `M${at(low)} 8H${at(high)}` +
            (isCut(low) ? `M${at(low) + 4} 4l-4 4l4 4` : `M${at(low)} 4v8`) +
            (isCut(high) ? `M${at(high) - 4} 4l4 4l-4 4` : `M${at(high)} 4v8`)
          }
        />
      )}
      {difference !== null && <circle cx={at(difference)} cy="8" r="3.5" />}
    </svg>
  );
}
