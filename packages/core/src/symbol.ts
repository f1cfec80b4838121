/**
 * Whether a name can be a symbol: 1 to 64 letters, digits and ._-/:^=+&, such as AAPL, BTC/USD, ^GSPC, BRK.B.
 * Parts between slashes must not be dots only, and a name that JavaScript gives every object is no symbol
 * either.
 */
export function isSymbol(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[A-Za-z0-9._\-/:^=+&]{1,64}$/.test(name) &&
    /[A-Za-z0-9]/.test(name) &&
    !name.split('/').some((part) => /^\.*$/.test(part)) &&
    !(name in {})
  );
}

/** What to do about bars whose symbol is none. */
export const noSymbol =
  'is no symbol (1 to 64 letters, digits and ._-/:^=+&): rename or delete its bars in market_data';

/**
 * A name of unknown length and content, as messages and keys can show it: symbols as they are, others quoted
 * and cut short.
 */
export function shownSymbol(name: string): string {
  const fits: boolean = isSymbol(name);
  return fits ? name : JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name);
}
