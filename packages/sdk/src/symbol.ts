/** In code points: what Unicode counts as one character, whatever it takes in bytes. */
const longest = 64;
/** What a symbol is, in words, for messages. */
export const symbolRule =
  `1 to ${longest} printable characters of Unicode, with a letter, a digit or a sign such as ₿ among them, no ` +
  'blank at an end and no @ at the start';

/**
 * Why a text can't be a symbol, in words that go on after its name; null where it can. The one rule of every way
 * in: import, queue, API, command line, settings, market_data as it is. The same letters are the same symbol: of
 * two ways to encode é only the composed one (NFC) is taken, and nothing that can't be seen. Parts between slashes
 * must not be dots only, and a name that JavaScript gives every object is no symbol either.
 */
export function symbolProblem(name: unknown): string | null {
  if (typeof name !== 'string') return 'is no text';
  if (name === '') return 'is empty';
  // Before anything that takes longer with a longer one.
  if (name.length > 2 * longest || Array.from(name).length > longest)
    return `is longer than ${longest} characters`;
  if (unseen.test(name) || !name.isWellFormed())
    return `has a character that can't be seen (${unseenOf(name)})`;
  if (/^ | $/.test(name)) return 'has a blank at an end';
  if (name !== name.normalize('NFC'))
    return "is not in Unicode's composed form (NFC), in which the same letters are always the same bytes";
  if (name.startsWith('@')) return 'begins with @, as only names of the fleet itself do';
  if (!/[\p{L}\p{N}\p{So}\p{Sc}]/u.test(name)) return 'has no letter or digit';
  if (name.split('/').some((part) => /^\.*$/.test(part)))
    return 'has nothing, or only dots, before or after a /';
  if (name in {}) return 'is a word that programs use for something else';
  return null;
}

export const isSymbol = (name: unknown): name is string => symbolProblem(name) === null;

/**
 * Control and format characters, lone surrogates, code points without a meaning, private or invisible ones, and
 * blanks of other kinds than the ordinary one, which look like it.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

function unseenOf(name: string): string {
  const found = unseen.exec(name)?.[0].codePointAt(0) ?? 0xfffd;
  return `U+${found.toString(16).toUpperCase().padStart(4, '0')}`;
}
