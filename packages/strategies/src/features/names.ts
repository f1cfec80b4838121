import { createHash } from 'node:crypto';
import { featureCatalogue } from '@ml-training/sdk';

/** Bars a row of these features looks at, its own included: as many as the longest of them does. */
export const windowOf = (names: readonly string[]): number =>
  Math.max(...names.map((name) => featureCatalogue.get(name)!.window));

/**
 * To be raised with any change of what all features are computed by, however small: models of other
 * definitions are then refused.
 */
export const definitionsVersion = 1;

/**
 * Features whose own formula was changed since, and how often, so that only models that have one of them are
 * refused.
 */
const revisions: Readonly<Record<string, number>> = {};

/**
 * Short name of a set of features: equal names in equal order, windows and definitions give equal sums. 16
 * hex digits of SHA-256.
 */
export function hashFeatures(
  names: readonly string[],
  window: number,
  version: number,
  revised: Readonly<Record<string, number>> = {},
): string {
  const own = Object.fromEntries(
    names.filter((name) => Object.hasOwn(revised, name)).map((name) => [name, revised[name]]),
  );
  const definitions = Object.keys(own).length === 0 ? {} : { revisions: own };
  return createHash('sha256')
    .update(JSON.stringify({ names, window, version, ...definitions }))
    .digest('hex')
    .slice(0, 16);
}

/** Of features as this version computes them; travels with every model. */
export const featuresHash = (names: readonly string[]): string =>
  hashFeatures(names, windowOf(names), definitionsVersion, revisions);
