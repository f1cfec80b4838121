import type { Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { search, setQuery } from '../../router.ts';
import { Chart } from '../../ui/chart.tsx';
import { Link } from '../../ui/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { number, Table } from '../../ui/table.tsx';
import { Age } from '../../ui/time.tsx';
import { countOf, lengthOf, plural, stepOf, utcOf } from '../../words.ts';
import { quietTitle } from './quiet.ts';

type Bars = Answer<'GET /api/symbols/bars'>;
const choices = [500, 5000, 20_000];

/** One symbol: its closes, and where bars are missing. */
export function SymbolScreen({ symbol }: { readonly symbol: string }) {
  const asked = Number(search.value.get('bars'));
  const bars = choices.includes(asked) ? asked : 5000;
  const resource = useResource('GET /api/symbols/bars', { query: { symbol, bars } }, { everyMs: 60_000 });
  return (
    <>
      <p class="back">
        <Link href="/data">Data</Link>
      </p>
      <h1 class="symbol-name">{symbol}</h1>
      <Panel
        title="Bars"
        resource={resource}
        aside={
          <label class="choice">
            Look at the newest{' '}
            <select
              value={bars}
              onChange={(event) => setQuery({ bars: event.currentTarget.value }, { replace: true })}
            >
              {choices.map((count) => (
                <option key={count} value={count}>
                  {countOf(count)}
                </option>
              ))}
            </select>
          </label>
        }
      >
        {(data) => (
          <>
            <Facts data={data} />
            <Findings findings={data.findings} quiet={data.summary?.quiet === true} />
            <Chart
              title={`Close of the newest ${plural(data.looked_at.bars, 'bar')}`}
              x={data.line.time.map((at) => Date.parse(at) / 1000)}
              time
              xName="time (UTC)"
              series={[{ name: 'close', values: data.line.close, color: '--hue-1' }]}
              height={220}
            />
            <Pauses
              title="Gaps"
              none="No gap: in hours that usually have bars, none is missing."
              count={data.gap_count}
              pauses={data.gaps}
            />
            {data.closed_day_count > 0 && (
              <Pauses
                title="Most likely holidays"
                none=""
                count={data.closed_day_count}
                pauses={data.closed_days}
              />
            )}
          </>
        )}
      </Panel>
    </>
  );
}

function Facts({ data: { summary, step_seconds } }: { readonly data: Bars }) {
  if (summary === null) return null;
  return (
    <dl class="facts-list">
      <dt>Bars</dt>
      <dd>
        {summary.bars_exact ? '' : 'about '}
        {countOf(summary.bars)}
        {step_seconds === null ? '' : `, usually one every ${stepOf(step_seconds)}`}
      </dd>
      <dt>From</dt>
      <dd>{utcOf(summary.first_bar)}</dd>
      <dt>To</dt>
      <dd>
        {utcOf(summary.last_bar)}, <Age at={summary.last_bar} />
        {summary.quiet && <span class="quiet-symbol">; quiet: {quietTitle}</span>}
        {summary.future_bars && (
          <span class="not-trained">; bars of the future are there, too, and not used</span>
        )}
      </dd>
      {summary.calendar !== null && (
        <>
          <dt>Trading days</dt>
          <dd>those of {summary.calendar}, by its bars</dd>
        </>
      )}
      <dt>Trained</dt>
      <dd>
        {summary.trainable ? (
          summary.quiet ? (
            'when a bar comes'
          ) : (
            'yes'
          )
        ) : (
          <span class="not-trained">no: {summary.not_trained_because}</span>
        )}
      </dd>
      <dt>Models in use</dt>
      <dd>
        {summary.models.length === 0 ? (
          <span class="none">none</span>
        ) : (
          summary.models.map((strategy, i) => (
            <span key={strategy}>
              {i > 0 ? ', ' : ''}
              {strategy}
            </span>
          ))
        )}
      </dd>
    </dl>
  );
}

/** What the data check says, which trainings go by. That a quiet symbol's bars are old is said already. */
function Findings({
  findings: all,
  quiet,
}: {
  readonly findings: Bars['findings'];
  readonly quiet: boolean;
}) {
  const findings = all.filter(({ kind }) => !quiet || kind !== 'too_old');
  return (
    <section class="pauses" aria-label="Data check">
      <h3>Data check{findings.length === 0 ? '' : ` (${countOf(findings.length)})`}</h3>
      {findings.length === 0 ? (
        <p class="none">Nothing is wrong with these bars.</p>
      ) : (
        <ul>
          {findings.map(({ kind, words }) => (
            <li key={kind}>{words}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface PausesProps {
  readonly title: string;
  readonly none: string;
  readonly count: number;
  readonly pauses: Bars['gaps'];
}

function Pauses({ title, none, count, pauses }: PausesProps) {
  return (
    <section class="pauses" aria-label={title}>
      <h3>
        {title}
        {count > 0 ? ` (${countOf(count)})` : ''}
      </h3>
      {count === 0 ? (
        <p class="none">{none}</p>
      ) : (
        <Table
          name={`Table of ${title.toLowerCase()}`}
          frame="scroll"
          heads={['After (UTC)', 'Until (UTC)', number('Long'), number('Bars missing')]}
        >
          {pauses.map(({ from, to, missing_bars }) => (
            <tr key={from}>
              <td>{minuteOf(from)}</td>
              <td>{minuteOf(to)}</td>
              <td class="number">{lengthOf((Date.parse(to) - Date.parse(from)) / 1000)}</td>
              <td class="number">{countOf(missing_bars)}</td>
            </tr>
          ))}
        </Table>
      )}
      {count > pauses.length && <p class="none">The newest {pauses.length} are shown.</p>}
    </section>
  );
}

const minuteOf = (at: string): string => at.slice(0, 16).replace('T', ' ');
