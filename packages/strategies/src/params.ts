import {
  problemWith,
  withCurrentNames,
  type ParamSpecs,
  type ParamsOf,
  type PlainRecord,
} from '@ml-training/sdk';
import { StrategyError } from './errors.ts';
import type { Artefact, Plain } from './strategy.ts';

/**
 * A strategy's settings: its defaults with what the caller gave laid over them.
 * @param specs declare `as const satisfies ParamSpecs`, so that the result is typed by name.
 * @param strategy its type, e.g. `ensemble`: messages name it, and settings may be given by the old names
 *   that it has.
 * @throws StrategyError INVALID_PARAMS naming the setting, the value and what is allowed.
 */
export function readParams<S extends ParamSpecs>(
  specs: S,
  given: { readonly [name: string]: Plain } | undefined,
  strategy: string,
): ParamsOf<S> {
  const problem = problemWith(specs, given ?? {}, strategy);
  if (problem !== null) throw new StrategyError('INVALID_PARAMS', problem);
  const named = withCurrentNames(given ?? {}, strategy);
  const entries = Object.entries(specs).map(([name, spec]) => {
    const value = Object.hasOwn(named, name) ? named[name] : undefined;
    // A set of names is the same in any order.
    if (spec.kind === 'names' && Array.isArray(value))
      return [name, spec.of.filter((one) => value.includes(one))] as const;
    // Each symbol's number is there from here on.
    if (spec.kind === 'by_symbol' && typeof value === 'object')
      return [name, { ...byName(spec.default), ...byName(value) }] as const;
    return [name, value ?? spec.default] as const;
  });
  // Each entry was checked against the spec of its own name, which is what ParamsOf says.
  return Object.fromEntries(entries) as ParamsOf<S>;
}

const byName = (value: Plain): { readonly [symbol: string]: Plain } =>
  typeof value === 'object' && value !== null ? (value as PlainRecord) : { '*': value };

/**
 * The settings as a model's file and the registry keep them: without `features` where those are the defaults,
 * as in files from before there was a choice. The file's `feature_names` always say them.
 */
export function paramsToStore(
  { features: spec }: ParamSpecs,
  settings: { readonly [name: string]: Plain },
): { readonly [name: string]: Plain } {
  const { features, ...others } = settings;
  const usual = spec?.kind === 'names' ? spec.default : [];
  const isDefault =
    Array.isArray(features) &&
    features.length === usual.length &&
    features.every((name, i) => name === usual[i]);
  return isDefault ? others : settings;
}

/**
 * The settings that a model was trained with, its features being those of its `feature_names` whatever the
 * defaults are now.
 * @throws StrategyError INVALID_MODEL when this version knows no such settings or values.
 */
export function readStoredParams<S extends ParamSpecs>(
  specs: S,
  { params, feature_names: features }: Pick<Artefact, 'params' | 'feature_names'>,
  strategy: string,
): ParamsOf<S> {
  // What is unknown, or in another order, is told of when the model's features are compared to these.
  const known = Object.hasOwn(specs, 'features') && problemWith(specs, { features }, strategy) === null;
  try {
    return readParams(specs, known ? { features, ...params } : params, strategy);
  } catch (error) {
    if (error instanceof StrategyError)
      throw new StrategyError(
        'INVALID_MODEL',
        `the params of the model are not this version's: ${error.message}; retrain it`,
      );
    throw error;
  }
}
