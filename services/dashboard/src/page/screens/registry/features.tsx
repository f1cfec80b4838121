import type { Model } from '../../../schemas/models.ts';
import { fixed } from '../../scores.ts';

/** What the ensemble's trees and its linear member make of each feature, the most important first. */
export function Features({ features }: { readonly features: Model['features'] }) {
  const { importance, splits, coefficients } = features;
  const rows = Object.entries(importance ?? {}).sort(([, one], [, other]) => other - one);
  const most = rows[0]?.[1] ?? 1;
  return (
    <div class="scroll model-tall" tabIndex={0} role="region" aria-label="Features">
      <table class="features">
        <caption class="model-note">
          Of the whole training, over all its symbols: share of the gain of all tree splits; how many splits;
          what the linear member adds to the log odds of a rise for one standard deviation.
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
              {coefficients !== null && <td class="number">{fixed(coefficients[name] ?? 0, 3)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
