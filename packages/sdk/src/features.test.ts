import { describe, expect, test } from '@jest/globals';
import { defaultFeatures, featureCatalogue, featureSettings, problemWith } from './index.ts';

const problem = (features: unknown): string | null => problemWith(featureSettings, { features }, 'lstm');

describe('the setting features', () => {
  test('is a list of names of the catalogue', () => {
    expect(problem(['rsi_14', 'body', 'corr_60'])).toBeNull();
    expect(problem([...featureCatalogue.keys()].reverse())).toBeNull();
    expect(problem(defaultFeatures)).toBeNull();
  });

  test.each([
    [
      ['body', 'rsi_15'],
      'lstm setting features has "rsi_15", which is no feature; did you mean rsi_14, rsi_',
    ],
    [['KMID2'], '"KMID2", which is no feature; did you mean body, kmid'],
    [['mfi_14'], 'did you mean money_flow_14, mfi_'],
    [['RSI_14'], 'did you mean rsi_14, '],
    [['%-rsi-period'], 'did you mean rsi_'],
    [['volatilty_20'], 'did you mean volatility_20?'],
    [['ROC5'], 'did you mean roc_5, roc_'],
    [['moon_phase'], '"moon_phase", which is no feature (docs/features.md has all names)'],
    [['constructor'], '"constructor", which is no feature (docs/'],
    [['body', 'gap', 'body'], 'lstm setting features has "body" twice; give each feature once'],
    [
      [],
      'features is []; allowed is a list of one feature or more, each once; docs/features.md has their names',
    ],
    ['body', 'features is "body"; allowed is a list'],
    [[7], 'features has 7, which is no feature (docs/'],
    [{ 0: 'body' }, 'features is {"0":"body"}; allowed is a list'],
    [null, 'features is null; allowed is a list'],
  ])('is not %j', (features, message) => {
    expect(problem(features)).toContain(message);
  });

  test('is answered with no more than five names', () => {
    expect(problem(['rsi_15'])).toMatch(/did you mean( \w+,){4} \w+\?/);
  });
});
