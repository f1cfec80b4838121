import { StrategyError } from './errors.ts';
import type { Plain } from './strategy.ts';

/** One setting: its default and what is allowed. */
type ParamSpec =
  | { readonly kind: 'number'; readonly default: number; readonly min: number; readonly max: number }
  | { readonly kind: 'integer'; readonly default: number; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] };

export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/** The settings that `readParams` gives for specs `S`. */
export type ParamsOf<S extends ParamSpecs> = {
  readonly [K in keyof S]: S[K] extends { kind: 'boolean' }
    ? boolean
    : S[K] extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C
      : number;
};

/**
 * A strategy's settings: its defaults with what the caller gave laid over them.
 * @param specs declare `as const satisfies ParamSpecs`, so that the result is typed by name.
 * @param where names the strategy in messages, e.g. `ensemble`.
 * @throws StrategyError INVALID_PARAMS naming the setting, the value and what is allowed.
 */
export function readParams<S extends ParamSpecs>(
  specs: S,
  given: { readonly [name: string]: Plain } | undefined,
  where: string,
): ParamsOf<S> {
  const unknown = Object.keys(given ?? {}).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined)
    throw new StrategyError(
      'INVALID_PARAMS',
      `${where} has no setting ${JSON.stringify(unknown)}; it has ${Object.keys(specs).join(', ')}`,
    );
  const entries = Object.entries(specs).map(([name, spec]) => {
    const value = given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
    return [
      name,
      value === undefined ? spec.default : checked(spec, value, `${where} setting ${name}`),
    ] as const;
  });
  // Each entry was checked against the spec of its own name, which is what ParamsOf says.
  return Object.fromEntries(entries) as ParamsOf<S>;
}

/**
 * The settings that a model was trained with.
 * @throws StrategyError INVALID_MODEL when this version knows no such settings or values.
 */
export function readStoredParams<S extends ParamSpecs>(
  specs: S,
  stored: { readonly [name: string]: Plain },
  where: string,
): ParamsOf<S> {
  try {
    return readParams(specs, stored, where);
  } catch (error) {
    if (error instanceof StrategyError)
      throw new StrategyError(
        'INVALID_MODEL',
        `the params of the model are not this version's: ${error.message}; retrain it`,
      );
    throw error;
  }
}

function checked(spec: ParamSpec, value: Plain, where: string): number | boolean | string {
  switch (spec.kind) {
    case 'boolean':
      if (typeof value === 'boolean') return value;
      throw refused(where, value, 'true or false');
    case 'choice':
      if (typeof value === 'string' && spec.choices.includes(value)) return value;
      throw refused(where, value, `one of ${spec.choices.join(', ')}`);
    case 'integer':
      if (Number.isSafeInteger(value) && inRange(spec, value)) return value;
      throw refused(where, value, `a whole number from ${spec.min} to ${spec.max}`);
    case 'number':
      if (inRange(spec, value)) return value;
      throw refused(where, value, `a number from ${spec.min} to ${spec.max}`);
  }
}

function inRange(spec: { min: number; max: number }, value: Plain): value is number {
  return typeof value === 'number' && value >= spec.min && value <= spec.max;
}

function refused(where: string, value: Plain, allowed: string): StrategyError {
  const shown =
    value instanceof Uint8Array ? 'bytes' : typeof value === 'number' ? String(value) : JSON.stringify(value);
  return new StrategyError('INVALID_PARAMS', `${where} is ${shown}; allowed is ${allowed}`);
}
