import { useMemo } from 'preact/hooks';
import type { Holdout } from '../../../schemas/models.ts';
import { Chart } from '../../ui/chart.tsx';

/** How often the close rose where the model said so: on the line, what it says is what happens. */
export function Calibration({ bins }: { readonly bins: Holdout['calibration'] }) {
  const columns = useMemo(
    () => ({ x: bins.map(({ predicted }) => predicted), y: bins.map(({ observed }) => observed) }),
    [bins],
  );
  if (bins.length === 0) return null;
  return (
    <div class="model-columns">
      {bins.length > 1 ? (
        <Chart
          title="Calibration: share of rises by what the model said"
          x={columns.x}
          xName="mean probability"
          yName="share that rose"
          series={[
            { name: 'perfect', values: columns.x, color: '--ink-2', dash: [4, 4], digits: 3 },
            { name: 'share that rose', values: columns.y, color: '--hue-1', kind: 'points', digits: 3 },
          ]}
        />
      ) : (
        <p class="none">Calibration: every probability lies in one tenth, so there is no line to draw.</p>
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label="Numbers of the calibration">
        <table>
          <caption class="model-note">
            Few rows in a tenth say little: with 20 rows the share is known to some ± 0.2.
          </caption>
          <thead>
            <tr>
              <th scope="col">probability</th>
              <th scope="col" class="number">
                rows
              </th>
              <th scope="col" class="number">
                mean of them
              </th>
              <th scope="col" class="number">
                share that rose
              </th>
            </tr>
          </thead>
          <tbody>
            {bins.map(({ from, to, count, predicted, observed }) => (
              <tr key={from}>
                <th scope="row">
                  {from.toFixed(1)} to {to.toFixed(1)}
                </th>
                <td class="number">{count}</td>
                <td class="number">{predicted.toFixed(3)}</td>
                <td class="number">{observed.toFixed(3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
