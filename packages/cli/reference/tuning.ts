import { learnerFacts, learnerNames, type LearnerName } from '@ml-training/strategies';

/** docs/reference/tuning.md, from the table of settings that searches go by. */
export function tuningReference(): string {
  return `# What a search of settings tries

<!-- Made from the settings in packages/sdk/src/ by "npm run docs"; a test fails when it is stale. -->

\`ml tune\` and TUNE_EVERY look for better values of these, within these ranges; [how](../judging.md#tuning). What TRAINING_PARAMS
sets is not searched. A strategy of your own has those of its learner, and its params that [say a range](../strategies.md#params-that-are-searched).

| learner | setting | default | searched | spread |
| --- | --- | --- | --- | --- |
${learnerNames.flatMap(rowsOf).join('\n')}
`;
}

function rowsOf(type: LearnerName): string[] {
  return Object.entries(learnerFacts(type).settings).flatMap(([name, { default: value, tune }]) => {
    if (tune === undefined) return [];
    const [range, spread] =
      'choices' in tune
        ? [tune.choices.map(String).join(', '), 'each as often']
        : [`${tune.low} to ${tune.high}`, tune.log === true ? 'by factors' : 'evenly'];
    return [`| ${type} | ${name} | ${String(value)} | ${range} | ${spread} |`];
  });
}
