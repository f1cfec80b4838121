import { writeArrays } from '../harness/arrays.ts';
import { ensembleBars } from '../harness/bars.ts';
import type { Part, PartContext } from '../harness/part.ts';
import { poolArrays } from '../harness/pooled.ts';
import { preparePeer } from '../harness/python.ts';
import { aucDifference, qualityRows } from '../harness/quality.ts';
import type { Section } from '../harness/result.ts';
import { measure } from '../harness/run.ts';
import { costRows, describeMeasured, takeTurns } from '../harness/turns.ts';

const TREES = 100;
/**
 * No stopping, as many rounds as the forest has trees, one penalty as in scikit-learn's logistic regression,
 * and the members weighed on the validation rows alone.
 */
const oneFit = {
  num_boost_round: TREES,
  forest_trees: TREES,
  early_stopping_rounds: 0,
  logistic_penalties: 1,
  lasso_penalties: 0,
  cv_folds: 1,
};

/** What is compared, and what scikit-learn's members are told besides their size and seed. */
interface Variant {
  readonly title: string;
  readonly bars: 'sample' | 'planted';
  /** Of ours. */
  readonly params: Readonly<Record<string, number>>;
  /** Whether scikit-learn's are the members that it fits fastest. */
  readonly fast?: boolean;
  readonly forest?: object;
  readonly boosting?: object;
  /** Share of scikit-learn's time. */
  readonly atMost: number;
}

const ofOneFit = { params: oneFit, atMost: 0.1 } as const;
const ofDefaultJob = { params: {}, fast: true, atMost: 0.2 } as const;
const variants: readonly Variant[] = [
  { title: "sample bars, scikit-learn's defaults", bars: 'sample', ...ofOneFit },
  { title: "bars with a known signal, scikit-learn's defaults", bars: 'planted', ...ofOneFit },
  {
    bars: 'sample',
    ...ofOneFit,
    title: 'sample bars, leaves, shares of rows and features as in ours',
    forest: { max_leaf_nodes: 31, min_samples_leaf: 40, max_samples: 0.632, max_features: 0.4 },
    boosting: {
      max_leaf_nodes: 8,
      max_depth: null,
      min_samples_leaf: 40,
      subsample: 0.7,
      max_features: 0.6,
      learning_rate: 0.03,
    },
  },
  { title: 'a default job on sample bars, the faster vote', bars: 'sample', ...ofDefaultJob },
  { title: 'a default job on bars with a known signal, the faster vote', bars: 'planted', ...ofDefaultJob },
];

export const ensemblePart: Part = {
  name: 'ensemble',
  title: "Ensemble against scikit-learn's voting ensemble",
  about:
    'scikit-learn: a soft VotingClassifier of RandomForestClassifier, GradientBoostingClassifier and ' +
    `LogisticRegression, the usual Python ensemble, with ${TREES} trees and ${TREES} rounds. Ours: ` +
    `boosting with ${TREES} rounds, a random forest and extra trees with ${TREES} trees each and a ` +
    'logistic regression, without early stopping, fitted twice: on the train rows, to be weighed by what ' +
    "they say of the validation rows, and on both; all of it is timed. scikit-learn's is fitted once, on " +
    'both, and weighs nothing. The rows are of three symbols, which our own code split and scaled: the ' +
    'sample bars, in which hardly anything can be found, and as many bars whose next move depends on the ' +
    'last one and on volume. The last two tables are of our ensemble as a default job fits it (out of fold, under all ' +
    'penalties, with early stopping), against the faster vote of RandomForestClassifier, ExtraTreesClassifier, ' +
    'HistGradientBoostingClassifier and LogisticRegression, fitted once.',
  run: async (context) => {
    const peer = await preparePeer('scikit-learn', context.say);
    const sections: Section[] = [];
    for (const variant of variants) sections.push(await compareVariant(variant, peer.python, context));
    return { sections, versions: peer.versions };

    async function compareVariant(
      { title, bars, params, fast = false, forest = {}, boosting = {}, atMost }: Variant,
      python: string,
      { folder }: PartContext,
    ): Promise<Section> {
      const { train, holdout } = await poolArrays(ensembleBars(bars), params, 'train and validation');
      const arrays = await writeArrays(folder, {
        train: [train.data, [train.labels.length, train.cols]],
        train_labels: [train.labels, [train.labels.length]],
        holdout: [holdout.data, [holdout.labels.length, holdout.cols]],
      });
      const theirs = { arrays, trees: TREES, rounds: TREES, fast, forest, boosting };
      const threads = 2;
      const turns = await takeTurns(
        context,
        title,
        {
          ours: (seed) => measure('contenders/ensemble.ts', { params, bars, seed }, { folder, threads }),
          peer: (seed) => measure('peers/ensemble.py', { ...theirs, seed }, { folder, threads, python }),
        },
        describeMeasured,
      );
      const { low, high } = aucDifference(turns, holdout.labels);
      return {
        title: `${title}; ${train.labels.length} rows, ${train.cols} features; ${threads} threads`,
        rows: [
          ...costRows(turns, { of: 'ratio', atMost }),
          ...qualityRows(turns, holdout.labels, { of: 'no lower beyond noise', high }),
        ],
        notes: [
          `AUC of ours less scikit-learn's on ${holdout.labels.length} holdout rows, 95 % interval by paired bootstrap: ` +
            `${low.toFixed(3)} to ${high.toFixed(3)}.`,
        ],
      };
    }
  },
};
