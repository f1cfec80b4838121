import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Holdout, Model } from '../../../schemas/models.ts';
import { useResource } from '../../resource.ts';
import { drawdownOf, scoreText, valueOf } from '../../scores.ts';
import { Chart } from '../../ui/chart.tsx';
import { Empty, Panel } from '../../ui/panel.tsx';
import { utcOf } from '../../words.ts';
import { Calibration } from './calibration.tsx';

/** What came of what the model said, on the rows that its scores are of. */
export function Backtest({ model }: { readonly model: Model }) {
  const holdout = useResource('GET /api/models/:id/holdout', { params: { id: model.model_id } });
  if (holdout.missing)
    return (
      <section class="panel" aria-label="Back-test on the holdout">
        <header>
          <h2>Back-test on the holdout</h2>
        </header>
        <Empty command={`ml train ${model.strategy_type} ${model.symbol} --wait`}>
          Nothing to draw: this model was trained before the fleet kept what models say of their holdout. Its
          scores above are whole. The next model will have it:
        </Empty>
      </section>
    );
  return (
    <Panel title="Back-test on the holdout" resource={holdout}>
      {(record) => <Pictures model={model} record={record} />}
    </Panel>
  );
}

const percent = (values: readonly number[]): number[] => values.map((value) => 100 * value);

function Pictures({ model, record }: { readonly model: Model; readonly record: Holdout }) {
  const { metrics, intervals, baselines } = model;
  const { times, equity, buy_and_hold, closes, probabilities, positions, rows, cost_bps, horizon } = record;
  const columns = useMemo(
    () => ({
      x: times.map((time) => Date.parse(time) / 1000),
      equity: percent(equity),
      held: percent(buy_and_hold),
      start: times.map(() => 100),
      // Below zero: how far under the highest capital so far.
      fall: drawdownOf(equity).map((share) => -100 * share),
      heldFall: drawdownOf(buy_and_hold).map((share) => -100 * share),
      half: times.map(() => 0.5),
    }),
    [record],
  );
  const bounds = (name: 'return' | 'sharpe') => {
    const { low = null, high = null } = intervals[name] ?? {};
    return scoreText({ name, value: metrics[name] ?? null, low, high });
  };
  const held = baselines['buy_and_hold'] ?? {};
  const share = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;
  return (
    <>
      <p class="model-note">
        {rows} rows from {utcOf(times[0] ?? '')} to {utcOf(times.at(-1) ?? '')}, which nothing was fitted or
        chosen on{times.length < rows ? ` (${times.length} of them drawn)` : ''}; a change of position by one
        unit costs {cost_bps} basis points; fills at the close, no slippage.
      </p>
      <dl class="more-scores two">
        <div>
          <dt>return after costs</dt>
          <dd class="number">
            {bounds('return')}; buy and hold {valueOf('return', held['return'] ?? null)}
          </dd>
        </div>
        <div>
          <dt>Sharpe</dt>
          <dd class="number">
            {bounds('sharpe')}; buy and hold {valueOf('sharpe', held['sharpe'] ?? null)}
          </dd>
        </div>
        <div>
          <dt>largest drawdown</dt>
          <dd class="number">
            {share(metrics['max_drawdown'])}; buy and hold {share(held['max_drawdown'])}
          </dd>
        </div>
        <div>
          <dt>positions opened</dt>
          <dd class="number">
            {metrics['trades'] ?? '–'}; not flat on {share(metrics['exposure'])} of the bars
          </dd>
        </div>
      </dl>
      <Chart
        title="Equity after costs, % of the capital at the start"
        time
        x={columns.x}
        xName="bar"
        sync={model.model_id}
        series={[
          { name: 'start', values: columns.start, color: '--line', digits: 0 },
          { name: 'buy and hold', values: columns.held, color: '--ink-2', dash: [4, 4], digits: 2 },
          { name: 'this model', values: columns.equity, color: '--hue-1', digits: 2 },
        ]}
      />
      <Chart
        title="Drawdown, % below the highest capital so far"
        time
        x={columns.x}
        xName="bar"
        height={120}
        sync={model.model_id}
        series={[
          { name: 'buy and hold', values: columns.heldFall, color: '--ink-2', dash: [4, 4], digits: 2 },
          { name: 'this model', values: columns.fall, color: '--hue-2', digits: 2 },
        ]}
      />
      <Chart
        title="Close, shaded where the model was long (blue) or short (orange); the position is drawn below"
        time
        x={columns.x}
        xName="bar"
        sync={model.model_id}
        hooks={{ drawClear: [shadePositions(columns.x, positions)] }}
        series={[{ name: 'close', values: closes, color: '--ink', digits: closeDigits(closes) }]}
      />
      <Chart
        title="Position taken at the close: 1 long, 0 flat, −1 short"
        time
        x={columns.x}
        xName="bar"
        height={90}
        yRange={[-1.3, 1.3]}
        sync={model.model_id}
        series={[{ name: 'position', values: positions, color: '--hue-3', kind: 'step', digits: 0 }]}
      />
      {model.score.name !== 'return' && (
        <Chart
          title={
            `Probability that ${horizon === 1 ? 'the next bar' : `the bar ${horizon} later`} closes ` +
            'higher; one half is no opinion'
          }
          time
          x={columns.x}
          xName="bar"
          height={120}
          sync={model.model_id}
          yRange={probabilityRange(probabilities)}
          series={[
            { name: 'one half', values: columns.half, color: '--ink-2', dash: [4, 4], digits: 1 },
            { name: 'probability', values: probabilities, color: '--hue-1', digits: 3 },
          ]}
        />
      )}
      <Calibration bins={record.calibration} />
    </>
  );
}

/** Around one half, so that the line of no opinion is in the middle. */
function probabilityRange(probabilities: Holdout['probabilities']): [number, number] {
  const most = Math.max(0.02, ...probabilities.map((p) => Math.abs((p ?? 0.5) - 0.5)));
  return [0.5 - 1.1 * most, 0.5 + 1.1 * most];
}

const closeDigits = (closes: readonly number[]): number => (Math.max(...closes.slice(0, 50)) < 10 ? 5 : 2);

/** Shades the stretches in which a position was held. */
function shadePositions(x: readonly number[], positions: readonly number[]) {
  return (plot: uPlot): void => {
    const { ctx, bbox } = plot;
    const style = getComputedStyle(plot.root);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (let from = 0; from < x.length;) {
      const position = positions[from]!;
      let to = from + 1;
      while (to < x.length && positions[to] === position) to++;
      if (position !== 0) {
        const [left, right] = [x[from]!, x[Math.min(to, x.length - 1)]!].map((at) =>
          plot.valToPos(at, 'x', true),
        ) as [number, number];
        ctx.fillStyle = `${style.getPropertyValue(position > 0 ? '--hue-1' : '--hue-2').trim()}2b`;
        ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
      }
      from = to;
    }
    ctx.restore();
  };
}
