/** Characters that take two columns of a terminal (East Asian Width W and F, and emoji), as Unicode has them. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const plain = /^[\x20-\x7e]*$/;

/** Columns of a terminal that a text takes. */
export function widthOf(text: string): number {
  if (plain.test(text)) return text.length;
  let width = 0;
  for (const one of text) width += columnsOf(one);
  return width;
}

// Marks stand on the character before.
const columnsOf = (character: string): number =>
  wide.test(character) ? 2 : /[\p{Mn}\p{Me}]/u.test(character) ? 0 : 1;

/** As much of the beginning of a text as fits. */
export function cutTo(text: string, columns: number): string {
  if (plain.test(text)) return text.slice(0, Math.max(0, columns));
  let width = 0;
  let cut = '';
  for (const one of text) {
    width += columnsOf(one);
    if (width > columns) break;
    cut += one;
  }
  return cut;
}

/** Filled up with blanks, after it or before it. */
export const padEnd = (text: string, columns: number): string => text + blanks(text, columns);
export const padStart = (text: string, columns: number): string => blanks(text, columns) + text;
const blanks = (text: string, columns: number): string => ' '.repeat(Math.max(0, columns - widthOf(text)));
