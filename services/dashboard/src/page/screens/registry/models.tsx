import './models.css';
import { useMemo } from 'preact/hooks';
import { call } from '../../api.ts';
import { everyPage } from '../../every-page.ts';
import { useFresh, useResource } from '../../resource.ts';
import { search, setQuery } from '../../router.ts';
import { differenceText, ruleName, scoreText, valueOf } from '@ml-training/sdk';
import { Link } from '../../ui/link.tsx';
import { Empty, Panel } from '../../ui/panel.tsx';
import { Age } from '../../ui/time.tsx';
import { useVirtualRows } from '../../ui/virtual-rows.ts';
import { Whisker } from '../../ui/whisker.tsx';
import { plural } from '../../words.ts';
import { chosen, isSort, rowOf, statusOf, type PairRow, type Sort } from './pairs.ts';
import { chosenScore, ScoreChoice } from './score-choice.tsx';

/** So many fill a screen; the API answers them in 10 ms, and as many as it gives at once in 50 ms. */
const [firstRows, laterRows] = [60, 300];

/** Every strategy and symbol: the model in use as the baseline, and the newest of the others beside it. */
export function Models() {
  const score = chosenScore();
  // All of them, so that sorting and searching need no server.
  const pairs = useFresh<readonly PairRow[]>(
    `pairs ${score ?? ''}`,
    (signal, show) =>
      everyPage(async (cursor) => {
        const limit = cursor === null ? firstRows : laterRows;
        const query = { limit, score: score ?? undefined, cursor: cursor ?? undefined };
        const { items, next_cursor } = await call('GET /api/models/pairs', { query, signal });
        return { items: items.map(rowOf), next_cursor };
      }, show),
    { topics: ['models'], everyMs: 60_000, minMs: 2000 },
  );
  return (
    <>
      <h1>Models</h1>
      <Panel title="Models in use" resource={pairs} aside={<ScoreChoice />}>
        {(items) =>
          items.length === 0 ? (
            <Empty command="ml train --wait">
              No model yet. A run trains one for every symbol that has bars; the next tick starts one, or:
            </Empty>
          ) : (
            <PairTable items={items} complete={!pairs.provisional} />
          )
        }
      </Panel>
    </>
  );
}

const heads: readonly { readonly title: string; readonly sort?: Sort; readonly class?: string }[] = [
  { title: 'strategy', sort: 'strategy', class: 'col-strategy' },
  { title: 'symbol', sort: 'symbol', class: 'col-symbol' },
  { title: 'model in use', class: 'col-score number' },
  { title: 'better than its best naive rule by', sort: 'worst', class: 'col-rule' },
  { title: 'in use', sort: 'oldest', class: 'col-age' },
  { title: 'newest other', sort: 'newest', class: 'col-other' },
  { title: 'better than the one in use by', class: 'col-difference number' },
  { title: 'decision', class: 'col-decision' },
];

interface PairTableProps {
  readonly items: readonly PairRow[];
  readonly complete: boolean;
}

function PairTable({ items, complete }: PairTableProps) {
  const query = search.value;
  const [text, strategy, asked] = [query.get('q') ?? '', query.get('strategy'), query.get('sort')];
  const sort: Sort = isSort(asked) ? asked : 'worst';
  const rows = useMemo(() => chosen(items, { text, strategy, sort }), [items, text, strategy, sort]);
  const { scroller, shown, above, below } = useVirtualRows(rows.length);
  return (
    <>
      <form class="model-filters" role="search" onSubmit={(event) => event.preventDefault()}>
        <label class="model-field">
          Search{' '}
          <input
            type="search"
            value={text}
            placeholder="symbol, strategy, model"
            onInput={(event) => setQuery({ q: event.currentTarget.value }, { replace: true })}
          />
        </label>
        <label class="model-field">
          Strategy{' '}
          <select
            value={strategy ?? ''}
            onChange={(event) => setQuery({ strategy: event.currentTarget.value || null })}
          >
            <option value="">all</option>
            {[...new Set(items.map((row) => row.strategy_type))].sort().map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <span role="status" class="none">
          {rows.length === items.length
            ? plural(items.length, 'pair')
            : `${rows.length} of ${plural(items.length, 'pair')}`}
          {complete ? '' : ' so far'}
        </span>
      </form>
      {rows.length === 0 ? (
        <>
          <Empty>
            No pair has that.{' '}
            <button type="button" class="quiet" onClick={() => setQuery({ q: null, strategy: null })}>
              Show all
            </button>
          </Empty>
          {/^[0-9a-f-]{4,36}$/i.test(text) && <ById start={text} />}
        </>
      ) : (
        <div class="model-rows" ref={scroller} tabIndex={0} role="region" aria-label="Pairs">
          <table class="pairs" aria-rowcount={rows.length + 1}>
            <thead>
              <tr>
                {heads.map((head) => (
                  <Head key={head.title} {...head} now={sort} />
                ))}
              </tr>
            </thead>
            <tbody>
              {above > 0 && <tr aria-hidden="true" style={{ height: `${above}px` }} />}
              {shown.map((index) => {
                const row = rows[index];
                return row === undefined ? null : (
                  <PairLine key={`${row.strategy_type} ${row.symbol}`} row={row} index={index} />
                );
              })}
              {below > 0 && <tr aria-hidden="true" style={{ height: `${below}px` }} />}
            </tbody>
          </table>
        </div>
      )}
      <p class="model-note">
        Each score is of the model&apos;s own holdout, the newest bars when it was trained, with its 95 %
        interval; the best naive rule is scored on the very same rows. Two models&apos; holdouts differ, so a
        difference between them is a hint; the decision compares both on the bars that neither had seen.
      </p>
    </>
  );
}

/** Models that are neither in use nor the newest of their pair, by the beginning of their id. */
function ById({ start }: { readonly start: string }) {
  const models = useResource('GET /api/models', { query: { id: start } });
  return (
    <Panel title={`Models that begin with ${start}`} level={3} resource={models}>
      {({ items }) =>
        items.length === 0 ? (
          <p class="none">None is registered (any more).</p>
        ) : (
          <ul>
            {items.map((model) => (
              <li key={model.model_id}>
                <Link href={`/models/${model.model_id}`}>
                  <code>{model.model_id}</code>
                </Link>{' '}
                {model.strategy_type} {model.symbol}, {statusOf(model)}, trained <Age at={model.created_at} />
              </li>
            ))}
          </ul>
        )
      }
    </Panel>
  );
}

function Head({
  title,
  sort,
  class: name,
  now,
}: {
  readonly title: string;
  readonly sort?: Sort;
  readonly class?: string;
  readonly now: Sort;
}) {
  if (sort === undefined)
    return (
      <th scope="col" class={name}>
        {title}
      </th>
    );
  const own = now === sort;
  return (
    <th scope="col" class={name} aria-sort={own ? (sort === 'newest' ? 'descending' : 'ascending') : 'none'}>
      <button
        type="button"
        class="model-sort"
        onClick={() => setQuery({ sort: sort === 'worst' ? null : sort })}
      >
        {title} {own && <span aria-hidden="true">{sort === 'newest' ? '▾' : '▴'}</span>}
      </button>
    </th>
  );
}

function PairLine({ row, index }: { readonly row: PairRow; readonly index: number }) {
  const { strategy_type, symbol, champion, newest, overRule, overChampion } = row;
  return (
    <tr aria-rowindex={index + 2}>
      <td>{strategy_type}</td>
      <th scope="row">
        <Link href={pairHref(strategy_type, symbol)}>{symbol}</Link>
      </th>
      {champion === null ? (
        <td colSpan={3} class="none">
          none in use
        </td>
      ) : (
        <>
          <td class="number">
            <Link href={`/models/${champion.model_id}`}>{scoreText(champion.score, champion.rows)}</Link>
          </td>
          <td
            title={
              `${ruleName(champion.score.rule)} scores ` +
              valueOf(champion.score.name, champion.score.baseline)
            }
          >
            <span class="model-difference">{differenceText(champion.score.name, overRule)}</span>{' '}
            <Whisker of={champion.score} />
          </td>
          <td>
            <Age at={champion.activated_at ?? champion.created_at} />
          </td>
        </>
      )}
      {newest === null ? (
        <td colSpan={2} class="none">
          no other
        </td>
      ) : (
        <>
          <td>
            <Link href={`/models/${newest.model_id}`}>
              <Age at={newest.created_at} />
            </Link>{' '}
            <span class="model-status">{statusOf(newest)}</span>
          </td>
          <td class="number">{differenceText(newest.score.name, overChampion)}</td>
        </>
      )}
      <td class="cut" title={(newest ?? champion)?.decision}>
        {latest(champion, newest)?.decision}
      </td>
    </tr>
  );
}

/** Whose decision is the latest word on a pair. */
const latest = (champion: PairRow['champion'], newest: PairRow['newest']) =>
  champion === null || (newest !== null && newest.created_at > champion.created_at) ? newest : champion;

export const pairHref = (strategy: string, symbol: string): string =>
  `/models/pair?${new URLSearchParams({ strategy, symbol }).toString()}`;
