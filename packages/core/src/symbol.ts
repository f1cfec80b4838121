/**
 * Whether a name can be a symbol: 1 to 64 letters, digits and ._-/:^=+&, such as AAPL, BTC/USD, ^GSPC, BRK.B.
 * Parts between slashes must not be dots only, and a name that JavaScript gives every object is no symbol either.
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
