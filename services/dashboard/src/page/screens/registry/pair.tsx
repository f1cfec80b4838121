import './models.css';
import type { Version } from '../../../schemas/models.ts';
import { useResource } from '../../resource.ts';
import { search, setQuery } from '../../router.ts';
import { betterBy, differenceText, ruleName, scoreText, valueOf } from '@ml-training/sdk';
import { Link } from '../../ui/link.tsx';
import { Empty, Panel } from '../../ui/panel.tsx';
import { Age } from '../../ui/time.tsx';
import { useVirtualRows } from '../../ui/virtual-rows.ts';
import { clockOf, plural } from '../../words.ts';
import { chosenScore, ScoreChoice } from './score-choice.tsx';
import { statusOf } from './pairs.ts';
import { VersionChart } from './version-chart.tsx';

const usualCount = 300;
const maxCount = 1000;

/**
 * All models of a strategy and symbol: the one in use stays at the top, the others' differences from it
 * below.
 */
export function Pair() {
  const query = search.value;
  const [strategy, symbol] = [query.get('strategy') ?? '', query.get('symbol') ?? ''];
  const limit = query.get('show') === 'more' ? maxCount : usualCount;
  const versions = useResource(
    'GET /api/models/pairs/:strategy',
    { params: { strategy }, query: { symbol, limit, score: chosenScore() ?? undefined } },
    { topics: ['models'], everyMs: 60_000 },
  );
  return (
    <>
      <h1>
        <Link href="/models">Models</Link> / {strategy} {symbol}
      </h1>
      <Panel title="Score over versions" resource={versions} aside={<ScoreChoice />}>
        {({ versions: found, champion }) =>
          found.length === 0 ? (
            <Empty command={`ml train ${strategy} ${symbol} --wait`}>
              No model of {strategy} {symbol} is registered. To train one:
            </Empty>
          ) : (
            <>
              <VersionChart versions={found} />
              <Versions versions={found} champion={champion} />
              {found.length >= limit && (
                <p class="none">
                  The newest {plural(found.length, 'model')} are shown.{' '}
                  {limit < maxCount && (
                    <button type="button" class="quiet" onClick={() => setQuery({ show: 'more' })}>
                      Show {maxCount}
                    </button>
                  )}
                </p>
              )}
              <p class="model-note">
                Each score is of the model&apos;s own holdout, up to the newest bar of its day. Differences
                from the model in use are therefore mostly of different bars; the decision of each compares it
                with the model then in use on the bars that neither had seen.
              </p>
            </>
          )
        }
      </Panel>
    </>
  );
}

function Versions({
  versions,
  champion,
}: {
  readonly versions: readonly Version[];
  readonly champion: Version | null;
}) {
  const others = versions.filter(({ model_id }) => model_id !== champion?.model_id).reverse();
  const { scroller, shown, above, below } = useVirtualRows(others.length);
  return (
    <div class="model-rows" ref={scroller} tabIndex={0} role="region" aria-label="Versions">
      <table class="versions" aria-rowcount={others.length + 2}>
        <thead>
          <tr>
            <th scope="col" class="col-model">
              model
            </th>
            <th scope="col" class="col-other">
              trained
            </th>
            <th scope="col" class="col-score number">
              score
            </th>
            <th scope="col" class="col-difference number">
              better than the one in use by
            </th>
            <th scope="col" class="col-difference number">
              than its best naive rule by
            </th>
            <th scope="col" class="col-symbol number">
              rows
            </th>
            <th scope="col" class="col-decision">
              decision
            </th>
          </tr>
          {champion !== null && <Line version={champion} champion={null} />}
        </thead>
        <tbody>
          {above > 0 && <tr aria-hidden="true" style={{ height: `${above}px` }} />}
          {shown.map((index) => {
            const version = others[index];
            return version === undefined ? null : (
              <Line key={version.model_id} version={version} champion={champion} />
            );
          })}
          {below > 0 && <tr aria-hidden="true" style={{ height: `${below}px` }} />}
        </tbody>
      </table>
    </div>
  );
}

function Line({ version, champion }: { readonly version: Version; readonly champion: Version | null }) {
  const { model_id, created_at, score, rows, decision, is_active } = version;
  const { name, value, baseline, rule } = score;
  return (
    <tr class={is_active ? 'champion' : undefined}>
      <th scope="row">
        <Link href={`/models/${model_id}`}>
          <code>{model_id.slice(0, 8)}</code>
        </Link>{' '}
        <span class="model-status">{statusOf(version)}</span>
      </th>
      <td title={clockOf(created_at)}>
        <Age at={created_at} />
      </td>
      <td class="number">{scoreText(score, version.rows)}</td>
      <td class="number">
        {champion === null
          ? is_active
            ? 'baseline'
            : '–'
          : differenceText(name, betterBy(name, value, champion.score.value))}
      </td>
      <td class="number" title={`${ruleName(rule)} scores ${valueOf(name, baseline)}`}>
        {differenceText(name, betterBy(name, value, baseline))}
      </td>
      <td class="number">{rows ?? '–'}</td>
      <td class="cut" title={decision}>
        {decision}
      </td>
    </tr>
  );
}
