import { isShared, type ModelContent, type SharedContent } from './content.ts';

/** By the file's sum: models over several symbols that somebody still uses. */
const inUse = new Map<string, WeakRef<SharedContent>>();
/** The last one that was read: its other symbols are most likely asked for next. */
const kept: { last: SharedContent | null } = { last: null };

/**
 * What a file of this sum holds, parsed once for all the symbols that it is of: a bot that opens the models of
 * 500 symbols reads 500 names of the same bytes. Nobody may change what it gives.
 * @throws what `parse` throws
 */
export function parseOnce(
  sha256: string,
  parse: () => ModelContent | SharedContent,
): ModelContent | SharedContent {
  const known = inUse.get(sha256)?.deref();
  if (known !== undefined) return (kept.last = known);
  const content = parse();
  if (!isShared(content)) return content;
  for (const [sum, reference] of inUse) if (reference.deref() === undefined) inUse.delete(sum);
  inUse.set(sha256, new WeakRef(content));
  return (kept.last = content);
}
