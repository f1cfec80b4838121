import { expect, test } from '@jest/globals';
import { featureCatalogue, featureGroupOf } from './index.ts';

test('every feature of the catalogue has a group, and no other name has', () => {
  const without = [...featureCatalogue.keys()].filter((name) => featureGroupOf(name) === null);
  expect(without).toEqual([]);
  expect(featureGroupOf('my_own')).toBeNull();
  expect(featureGroupOf('constructor')).toBeNull();
});

test('a single return is no trend, though its family is', () => {
  expect(['return_1', 'lag_24', 'return_5'].map(featureGroupOf)).toEqual([
    'single returns',
    'single returns',
    'returns and trend',
  ]);
});
