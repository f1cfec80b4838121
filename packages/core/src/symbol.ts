import { isSymbol, symbolProblem, symbolRule } from '@ml-training/sdk';

export { isSymbol, symbolProblem, symbolRule };

/** What to do about bars whose symbol is none. */
export const noSymbol = `is no symbol (${symbolRule}): rename or delete its bars`;

/**
 * A name of unknown length and content, as messages and keys can show it: symbols as they are, others quoted
 * and cut short.
 */
export function shownSymbol(name: string): string {
  const fits: boolean = isSymbol(name);
  return fits ? name : JSON.stringify(name.length > 40 ? `${name.slice(0, 40).toWellFormed()}…` : name);
}

/** In words why a name is no symbol, and what one is. */
export const symbolRefusal = (name: string): string =>
  `${shownSymbol(name)} ${symbolProblem(name) ?? 'is a symbol'}: a symbol has ${symbolRule}`;
