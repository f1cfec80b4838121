import '../../styles/parts.css';
import './data.css';
import { useEffect, useMemo } from 'preact/hooks';
import { search, setQuery } from '../../router.ts';
import { Link } from '../../ui/link.tsx';
import { NoBars } from '../../ui/no-bars.tsx';
import { Panel } from '../../ui/panel.tsx';
import { now } from '../../ui/time.tsx';
import { useVirtualRows } from '../../ui/virtual-rows.ts';
import { countOf, dateOf, lengthOf, plural, stepOf, utcOf } from '../../words.ts';
import { SymbolScreen } from './symbol.tsx';
import { quietTitle } from './quiet.ts';
import { chosen, columns, useSymbols, type ColumnKey, type Direction, type SymbolRow } from './symbols.ts';

/** The bars there are, symbol by symbol; with `symbol` in the URL one of them. */
export function Data() {
  const symbol = search.value.get('symbol');
  return symbol === null ? <SymbolList /> : <SymbolScreen key={symbol} symbol={symbol} />;
}

function SymbolList() {
  const symbols = useSymbols();
  return (
    <>
      <h1>Data</h1>
      <Panel title="Symbols" resource={symbols} aside={<SearchField />}>
        {(rows) =>
          rows.length === 0 ? <NoBars /> : <SymbolTable rows={rows} complete={!symbols.provisional} />
        }
      </Panel>
    </>
  );
}

function SearchField() {
  return (
    <label class="symbol-search">
      Search{' '}
      <input
        type="search"
        value={search.value.get('q') ?? ''}
        onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })}
      />
    </label>
  );
}

function SymbolTable({
  rows,
  complete,
}: {
  readonly rows: readonly SymbolRow[];
  readonly complete: boolean;
}) {
  const words = search.value.get('q') ?? '';
  const column = columns.find(({ key }) => key === search.value.get('sort')) ?? columns[0];
  const direction: Direction = search.value.get('order') === 'desc' ? 'desc' : 'asc';
  const shownRows = useMemo(
    () => chosen(rows, { words, by: column.key, direction }),
    [rows, words, column.key, direction],
  );
  const { scroller, shown, above, below } = useVirtualRows(shownRows.length);
  // What comes first in another order or search is what was wanted.
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [words, column.key, direction]);
  return (
    <>
      <p class="symbols-summary" role="status">
        {summaryOf(shownRows, rows, complete)}
      </p>
      <div ref={scroller} class="symbols-scroll" tabIndex={0} role="region" aria-label="Symbols">
        <table class="symbols" aria-rowcount={shownRows.length + 1}>
          <thead>
            <tr>
              {columns.map(({ key, name, first }) => (
                <th
                  key={key}
                  scope="col"
                  data-column={key}
                  aria-sort={
                    key !== column.key ? undefined : direction === 'asc' ? 'ascending' : 'descending'
                  }
                >
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => sortBy(key, key === column.key ? turned(direction) : first)}
                  >
                    {name}
                    <span aria-hidden="true">
                      {key !== column.key ? '' : direction === 'asc' ? ' ↑' : ' ↓'}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {above > 0 && <Space pixels={above} />}
            {shown.map((i) => {
              const row = shownRows[i];
              return row === undefined ? null : <Row key={row.symbol} row={row} place={i + 2} />;
            })}
            {below > 0 && <Space pixels={below} />}
          </tbody>
        </table>
      </div>
    </>
  );
}

const turned = (direction: Direction): Direction => (direction === 'asc' ? 'desc' : 'asc');

function sortBy(key: ColumnKey, direction: Direction): void {
  setQuery({ sort: key === 'symbol' ? null : key, order: direction === 'asc' ? null : direction });
}

function Space({ pixels }: { readonly pixels: number }) {
  return (
    <tr aria-hidden="true" class="space">
      <td colSpan={columns.length} style={{ height: `${pixels}px` }} />
    </tr>
  );
}

function Row({ row, place }: { readonly row: SymbolRow; readonly place: number }) {
  const { symbol, bars, bars_exact, first_bar, last_bar, step_seconds, models } = row;
  return (
    <tr aria-rowindex={place}>
      <th scope="row" data-column="symbol">
        <Link href={`/data?symbol=${encodeURIComponent(symbol)}`} title={symbol}>
          {symbol}
        </Link>
      </th>
      <td class="number" data-column="bars" title={bars_exact ? undefined : 'estimated'}>
        {bars_exact ? '' : '≈ '}
        {countOf(bars)}
      </td>
      <td data-column="first" title={utcOf(first_bar)}>
        {dateOf(first_bar)}
      </td>
      <td data-column="last" title={utcOf(last_bar)}>
        {dateOf(last_bar)}
      </td>
      <td data-column="age">
        <time dateTime={last_bar} title={utcOf(last_bar)}>
          {lengthOf((now.value - Date.parse(last_bar)) / 1000)}
        </time>
        {row.quiet && (
          <span class="quiet-symbol" title={quietTitle}>
            {' '}
            quiet
          </span>
        )}
        {row.future_bars && <span title="there are bars of the future, which nothing uses"> ⚠</span>}
      </td>
      <td data-column="step">{step_seconds === null ? '' : stepOf(step_seconds)}</td>
      <td data-column="gaps" title={gapsTitle(row)}>
        {gapsOf(row)}
      </td>
      <td data-column="check" title={row.findings.map(({ words }) => words).join('\n') || undefined}>
        {checkOf(row)}
      </td>
      <td data-column="models">{models.length === 0 ? <span class="none">none</span> : models.join(', ')}</td>
      <td data-column="trained" title={row.not_trained_because ?? undefined}>
        {row.trainable ? 'yes' : <span class="not-trained">no: {row.not_trained_because}</span>}
      </td>
    </tr>
  );
}

const gapsOf = ({ gaps, missing_bars }: SymbolRow) =>
  gaps === 0 ? (
    <span class="none">none</span>
  ) : (
    <>
      {countOf(gaps)} <span class="wide-only">({plural(missing_bars, 'bar')})</span>
    </>
  );

/** The worst finding's word, coloured where bars or prices are wrong, and how many more there are. */
function checkOf({ findings: [worst, ...others] }: SymbolRow) {
  if (worst === undefined) return <span class="none">none</span>;
  return (
    <span class={worst.severity > 1 ? 'not-trained' : undefined}>
      {worst.word}
      {others.length === 0 ? '' : ` +${others.length}`}
    </span>
  );
}

const gapsTitle = ({ gaps, missing_bars, closed_days, looked_at, calendar }: SymbolRow): string =>
  `in the newest ${plural(looked_at.bars, 'bar')}: ${plural(gaps, 'gap')}, ` +
  `${plural(missing_bars, 'bar')} missing, ` +
  (calendar === null
    ? `${plural(closed_days, 'pause')} that most likely were holidays`
    : `by the trading days of ${calendar}`);

function summaryOf(shown: readonly SymbolRow[], all: readonly SymbolRow[], complete: boolean): string {
  const count =
    shown.length === all.length
      ? plural(all.length, 'symbol')
      : `${countOf(shown.length)} of ${plural(all.length, 'symbol')}`;
  const gaps = shown.filter((row) => row.gaps > 0).length;
  const found = shown.filter((row) => row.findings.some(({ severity }) => severity > 1)).length;
  const quiet = shown.filter((row) => row.quiet).length;
  const left = shown.filter((row) => !row.trainable).length;
  const newest = Math.max(0, ...shown.map(({ last_bar }) => Date.parse(last_bar)));
  const parts = [
    complete ? count : `${count} so far`,
    ...(gaps > 0 ? [`${countOf(gaps)} with gaps in their newest bars`] : []),
    ...(found > 0 ? [`${countOf(found)} with bars that look wrong`] : []),
    ...(quiet > 0 ? [`${countOf(quiet)} quiet`] : []),
    ...(left > 0 ? [`${countOf(left)} not trained`] : []),
    ...(newest > now.peek() + 60_000 ? ['some bars are ahead of the clock of this machine'] : []),
  ];
  return parts.join(' · ');
}
