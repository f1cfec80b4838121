import {
  defaultFeatures,
  featureCatalogue,
  featureFamilies,
  type FeatureFamily,
} from '@ml-training/strategies';

/** docs/features.md, from the catalogue that settings are checked against. */
export function featuresPage(): string {
  const { ours, freqai, alpha158 } = featureFamilies;
  return `# Features

<!-- Made from packages/sdk/src/features.ts by "npm run docs"; a test fails when it is stale. -->

What a strategy of the fleet learns from is picked by name: the setting \`features\`, for \`all\` or for one of them.

\`\`\`bash
TRAINING_PARAMS='{"all": {"features": ["return_1", "lag_1", "lag_2", "rsi_14", "corr_20"]}}'
\`\`\`

The list replaces [the defaults](#the-defaults); whoever wants more than them writes them too. The order doesn't matter, a
name may stand there once. A wrong name stops every service at its start, and the message has those that are close to it.
A name ends in the number of bars it is made of: of \`roc_N\` with N 5, 10, … there are \`roc_5\`, \`roc_10\` and so on. There are
${featureCatalogue.size} features in all.

Other features are another model. A model in use with other features is not warm-started from, the next training begins from
scratch and says so; the two are compared on the same rows as ever. Models are loaded by the \`feature_names\` of their file,
whatever is picked now. The more features, the more a model may learn by heart, and the slower each training: "ml evaluate"
says what a set is worth.

Every feature, tested for each of them:

- looks at its last **bars**, its own included, and at nothing else, to the last bit. Neither later bars nor more history change
  it. A model looks at as many bars as its longest feature does (and the LSTM and RL at \`window\` − 1 more);
- has no scale: prices and volumes of any size and unit give the same;
- is a number on every possible bar: 0, or what is said below, where the price stands still or volume is missing. Bars
  without volume are left out of sums of it.

Returns are logarithmic. Windows count bars, whatever time lies between them.

## The defaults

A training learns from these ${defaultFeatures.length} where nothing else is said: all of this table, and of the next ${laterDefaults}.
[What each group is worth](judging.md#features).

${table(ours)}

## After FreqAI

As in [its documents](https://www.freqtrade.io/en/stable/freqai-feature-engineering/), on plain means or cut off where its own
remember every bar before. Raw prices and volumes are left out: they say nothing of another symbol.

${table(freqai)}

## After Alpha158

Of [qlib](https://qlib.readthedocs.io) ([names and inputs](https://docs.dolphindb.cn/zh/tutorials/alpha_158.html)), with nothing added to denominators. Its
VWAP0 is not there, as bars have no such price; KMID2 and KSFT2 are \`body\` and \`close_location\`.

${table(alpha158)}
`;
}

/** Defaults that stand in the later tables. */
const ofOurs = new Set(featureFamilies.ours.map(({ name }) => name));
const laterDefaults = defaultFeatures
  .filter((name) => !ofOurs.has(featureCatalogue.get(name)!.family))
  .map((name) => `\`${name}\``)
  .join(', ');

const table = (families: readonly FeatureFamily[]): string =>
  [
    '| name | N | bars | what | source |',
    '| --- | --- | --- | --- | --- |',
    ...families.map(
      ({ name, periods = [], bars, formula, source }) =>
        `| \`${name}\` | ${periods.join(', ')} | ${barsOf(bars)} | ${formula} | ${source} |`,
    ),
  ].join('\n');

function barsOf({ n, plus }: FeatureFamily['bars']): string {
  if (n === 0) return String(plus);
  const times = n === 1 ? 'N' : `${n} · N`;
  return plus === 0 ? times : `${times} + ${plus}`;
}
