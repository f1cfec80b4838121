import type { Model } from '../../../schemas/models.ts';
import { fixed } from '@ml-training/sdk';
import { countOf, plural } from '../../words.ts';

/** A regression's are in the unit of its label, often of returns of a bar. */
const coefficient = (value: number): string =>
  value !== 0 && Math.abs(value) < 0.01 ? value.toPrecision(2).replace('-', '−') : fixed(value, 3);

/** What shuffling each feature costs the model, and what its own parts make of each, the most first. */
export function Features({ features }: { readonly features: Model['features'] }) {
  const { permutation, importance } = features;
  return (
    <>
      {permutation === null ? (
        <p class="none">
          What shuffling a feature costs it is not known: its training did not look (FEATURE_IMPORTANCES), or
          the row of its job is gone.
        </p>
      ) : (
        <Shuffled of={permutation} />
      )}
      {importance !== null && <OwnParts features={features} />}
    </>
  );
}

type Permutation = NonNullable<Model['features']['permutation']>;

/** Beyond so many of its standard errors a loss stands out of the noise. */
const clearErrors = 3;
const units = {
  log_likelihood: { name: 'log-likelihood of a row, nats', text: (loss: number) => fixed(loss, 5) },
  squared_error: { name: 'squared error of a row', text: (loss: number) => loss.toExponential(2) },
  net_return: { name: 'net return of a bar, basis points', text: (loss: number) => fixed(10_000 * loss, 2) },
} as const;

function Shuffled({ of }: { readonly of: Permutation }) {
  const { metric, rows, repeats, symbols, features, groups } = of;
  const { name, text } = units[metric];
  const over = symbols.length === 1 ? symbols[0] : plural(symbols.length, 'symbol');
  return (
    <>
      <p class="model-note">
        What it loses on its newest {countOf(rows)} holdout rows ({over}) when the values of a feature are
        given to other rows, {repeats === 1 ? 'once' : `mean of ${repeats} shuffles`}: {name}. Bold is beyond{' '}
        {clearErrors} of its errors. Features that say the same stand in for each other: look at their group.
      </p>
      <div class="model-columns">
        {groups.length > 0 && <Losses title="Groups, shuffled as one" losses={groups} text={text} />}
        <Losses title="Features" losses={features} text={text} />
      </div>
    </>
  );
}

function Losses({
  title,
  losses,
  text,
}: {
  readonly title: string;
  readonly losses: Permutation['features'];
  readonly text: (loss: number) => string;
}) {
  const most = Math.max(...losses.map(({ loss, error }) => Math.abs(loss) + error), 1e-12);
  const at = (loss: number): number => 80 + (78 * loss) / most;
  return (
    <div class="scroll model-tall" tabIndex={0} role="region" aria-label={title}>
      <table class="features">
        <caption class="model-note">{title}</caption>
        <thead>
          <tr>
            <th scope="col">feature</th>
            <th scope="col">loss</th>
            <th scope="col" class="number">
              ± error
            </th>
          </tr>
        </thead>
        <tbody>
          {losses.map(({ name, loss, error }) => (
            <tr key={name}>
              <th scope="row">
                {loss > clearErrors * error ? (
                  <strong>
                    <code>{name}</code>
                  </strong>
                ) : (
                  <code>{name}</code>
                )}
              </th>
              <td>
                <svg width="160" height="12" aria-hidden="true">
                  <rect
                    x={Math.min(80, at(loss))}
                    width={Math.abs(at(loss) - 80)}
                    y="1"
                    height="10"
                    fill="currentColor"
                    opacity={loss > clearErrors * error ? 1 : 0.45}
                  />
                  <path d={`M${at(loss - error)} 6H${at(loss + error)}M80 0V12`} stroke="currentColor" />
                </svg>{' '}
                <span class="number">{text(loss)}</span>
              </td>
              <td class="number">{text(error)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What the ensemble's trees and its linear member make of each feature. */
function OwnParts({ features }: { readonly features: Model['features'] }) {
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
