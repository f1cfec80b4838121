import { currentName } from './aliases.ts';

/** One setting: its default and what is allowed. */
type ParamSpec =
  | { readonly kind: 'number'; readonly default: number; readonly min: number; readonly max: number }
  | { readonly kind: 'integer'; readonly default: number; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean'; readonly default: boolean }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] };

export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/**
 * The settings that specs `S` describe. Declare those `as const
 * satisfies ParamSpecs`, so that these are typed by name.
 */
export type ParamsOf<S extends ParamSpecs> = {
  readonly [K in keyof S]: S[K] extends { kind: 'boolean' }
    ? boolean
    : S[K] extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C
      : number;
};

/**
 * What is wrong with settings, in words that name the first wrong one, its value and what is
 * allowed; null when nothing is.
 * One may be given by its old name, but not by both.
 * @param strategy its type, e.g. `ensemble`, which messages name.
 */
export function problemWith(
  specs: ParamSpecs,
  given: Readonly<Record<string, unknown>>,
  strategy: string,
): string | null {
  for (const [name, value] of Object.entries(given)) {
    const now = currentName(strategy, name);
    const spec = Object.hasOwn(specs, now) ? specs[now] : undefined;
    if (spec === undefined)
      return `${strategy} has no setting ${JSON.stringify(name)}; it has ${Object.keys(specs).join(', ')}`;
    if (value === undefined) continue;
    if (now !== name && given[now] !== undefined)
      return `${strategy} settings ${name} and ${now} are one, ${name} is its old name: give ${now} alone`;
    if (!fits(spec, value))
      return (
        `${strategy} setting ${now === name ? name : `${name} (now called ${now})`} is ${shown(value)}; ` +
        `allowed is ${allowedBy(spec)}`
      );
  }
  return null;
}

function fits(spec: ParamSpec, value: unknown): boolean {
  switch (spec.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && spec.choices.includes(value);
    case 'integer':
      return Number.isSafeInteger(value) && inRange(spec, value);
    case 'number':
      return inRange(spec, value);
  }
}

const inRange = ({ min, max }: { min: number; max: number }, value: unknown): boolean =>
  typeof value === 'number' && value >= min && value <= max;

function allowedBy(spec: ParamSpec): string {
  switch (spec.kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${spec.choices.join(', ')}`;
    case 'integer':
      return `a whole number from ${spec.min} to ${spec.max}`;
    case 'number':
      return `a number from ${spec.min} to ${spec.max}`;
  }
}

const shown = (value: unknown): string =>
  value instanceof Uint8Array ? 'bytes' : typeof value === 'number' ? String(value) : JSON.stringify(value);
