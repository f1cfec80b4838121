// Scores in words: shared with the reports that `ml report` writes.
export {
  betterBy,
  differenceText,
  drawdownOf,
  fixed,
  isScoreName,
  kinds,
  ruleName,
  ruleNames,
  scoreNames,
  scoreText,
  valueOf,
  type ScoreName,
} from '@ml-training/sdk';
