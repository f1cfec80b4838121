import type { Model } from '../../../schemas/models.ts';
import { fixed } from '../../scores.ts';

/** A regression's are in the unit of its label, often of returns of a bar. */
const coefficient = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(2).replace('-', '−') : fixed(value, 3);

/** What the ensemble's trees and its linear member make of each feature, the most important first. */
export function Features({ features }: { readonly features: Model['features'] }) {
  const { importance, splits, coefficients } = features;
  const rows = Object.entries(importance ?? {}).sort(([, one], [, other]) => other - one);
  const most = rows[0]?.[1] ?? 1;
  return (
    <div class="scroll model-tall" tabIndex={0} role="region" aria-label="Features">
      <table class="features">
        <caption class="model-note">
          Of the whole training, over all its symbols: share of the gain of all tree splits
          {splits !== null && '; how many splits'}
          {coefficients !== null && '; what the linear member makes of one standard deviation of the feature'}
          .
        </caption>
        <thead>
          <tr>
            <th scope="col">feature</th>
            <th scope="col">share of gain</th>
            {splits !== null && (
              <th scope="col" class="number">
                splits
              </th>
            )}
            {coefficients !== null && (
              <th scope="col" class="number">
                linear coefficient
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, share]) => (
            <tr key={name}>
              <th scope="row">
                <code>{name}</code>
              </th>
              <td>
                <svg width="160" height="10" aria-hidden="true">
                  <rect width={most > 0 ? (160 * share) / most : 0} height="10" fill="currentColor" />
                </svg>{' '}
                <span class="number">{(100 * share).toFixed(1)} %</span>
              </td>
              {splits !== null && <td class="number">{splits[name] ?? 0}</td>}
              {coefficients !== null && <td class="number">{coefficient(coefficients[name] ?? 0)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
