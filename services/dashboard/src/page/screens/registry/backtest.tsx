import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { Holdout, Model } from '../../../schemas/models.ts';
import { useResource } from '../../resource.ts';
import { drawdownOf, scoreText, valueOf } from '@ml-training/sdk';
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
  const { times, equity, buy_and_hold, closes, scores, positions, rows, cost_bps } = record;
  const columns = useMemo(
    () => ({
      x: times.map((time) => Date.parse(time) / 1000),
      equity: percent(equity),
      held: percent(buy_and_hold),
      start: times.map(() => 100),
      // Below zero: how far under the highest capital so far.
      fall: drawdownOf(equity).map((share) => -100 * share),
      heldFall: drawdownOf(buy_and_hold).map((share) => -100 * share),
    }),
    [record],
  );
  const said = saidOf(record);
  const bounds = (name: 'return' | 'sharpe') => {
    const { low = null, high = null } = intervals[name] ?? {};
    return scoreText({ name, value: metrics[name] ?? null, low, high }, metrics['rows']);
  };
  const held = baselines['buy_and_hold'] ?? {};
  const share = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;
  return (
    <>
      <p class="model-note">
        {rows} rows from {utcOf(times[0] ?? '')} to {utcOf(times.at(-1) ?? '')}, which nothing was fitted or
        chosen on{times.length < rows ? ` (${times.length} of them drawn)` : ''}; a change of position by one
        unit costs {cost_bps} basis points, slippage included; fills at the close.
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
      <Chart
        title={said.title}
        time
        x={columns.x}
        xName="bar"
        height={120}
        sync={model.model_id}
        yRange={rangeAround(said.middle, scores)}
        series={[
          {
            name: 'no opinion',
            values: times.map(() => said.middle),
            color: '--ink-2',
            dash: [4, 4],
            digits: 1,
          },
          { name: said.name, values: scores, color: '--hue-1', digits: said.digits },
        ]}
      />
      <Calibration bins={record.calibration} />
    </>
  );
}

/** What the scores of a record are, by its task; `middle` is no opinion. */
function saidOf({ task, horizon }: Holdout): {
  readonly title: string;
  readonly name: string;
  readonly middle: number;
  readonly digits: number;
} {
  const later = horizon === 1 ? 'the next bar' : `the bar ${horizon} later`;
  switch (task) {
    case 'binary':
      return {
        title: `Probability that ${later} closes higher; one half is no opinion`,
        name: 'probability',
        middle: 0.5,
        digits: 3,
      };
    case 'multiclass':
      return {
        title: 'Position to be expected of the classes’ probabilities: 1 long, −1 short',
        name: 'expected position',
        middle: 0,
        digits: 3,
      };
    case 'regression':
      return {
        title: `Value expected by ${later}, in the unit of the label`,
        name: 'expected',
        middle: 0,
        digits: 6,
      };
    case 'policy':
      return {
        title: 'How the policy leans: 1 long, 0 short, one half neither; no probability of a rise',
        name: 'leaning',
        middle: 0.5,
        digits: 3,
      };
  }
}

/** So that the line of no opinion is in the middle. */
function rangeAround(middle: number, scores: Holdout['scores']): [number, number] {
  const most = scores.reduce<number>((far, s) => Math.max(far, Math.abs((s ?? middle) - middle)), 0);
  const half = 1.1 * (middle === 0 ? most || 1 : Math.max(0.02, most));
  return [middle - half, middle + half];
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
