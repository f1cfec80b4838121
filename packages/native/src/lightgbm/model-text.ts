import { NativeError } from '../errors.ts';

/**
 * Refuses a text that isn't a whole LightGBM model. LightGBM 4.7 reads the trees in
 * several threads, and an error in one of them ends the process ("terminate called"),
 * so what is cut short must not reach it. The header says how many bytes each tree
 * has; that each tree starts and the last one ends where it says is what is checked.
 *
 * @throws NativeError LIGHTGBM_FAILED
 */
export function checkModelText(text: string): void {
  const bytes = Buffer.from(text);
  const sizes = /^tree_sizes=([\d ]*)$/m.exec(text)?.[1];
  if (!text.startsWith('tree\n') || sizes === undefined) throw broken('it has no header of a model');
  let at = bytes.indexOf('\nTree=0\n') + 1;
  const list = sizes.split(' ').filter((size) => size !== '');
  if (list.length === 0) at = bytes.indexOf('end of trees\n');
  for (const [index, size] of list.entries()) {
    const head = `Tree=${index}\n`;
    if (bytes.toString('utf8', at, at + head.length) !== head)
      throw broken(`tree ${index} isn't where it should be`);
    at += Number(size);
  }
  if (!bytes.toString('utf8', at).startsWith('end of trees\n')) throw broken('its trees have no end');
}

function broken(why: string): NativeError {
  return new NativeError('LIGHTGBM_FAILED', `This is not a whole LightGBM model: ${why}.`);
}
