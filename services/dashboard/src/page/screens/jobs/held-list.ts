/** What somebody reads: the rows stay where they are, however the list changes meanwhile. */
export interface Reading<T> {
  readonly rows: readonly T[];
  /** Rows that are new and wait. */
  readonly waiting: number;
  /** Ids of rows that fit no more, or are no longer among the first. */
  readonly gone: ReadonlySet<string>;
}

/**
 * The list that is shown while another one has come: what was shown, in its order and as it is now, the new
 * rows waiting.
 * @param shown ids as they are shown; null shows what has come
 * @param known the rows as they were last seen
 */
export function reading<T>(
  shown: readonly string[] | null,
  known: ReadonlyMap<string, T>,
  come: readonly T[],
  idOf: (row: T) => string,
): Reading<T> {
  if (shown === null) return { rows: come, waiting: 0, gone: new Set() };
  const now = new Map(come.map((row) => [idOf(row), row]));
  const ids = new Set(shown);
  const rows = shown.flatMap((id) => now.get(id) ?? known.get(id) ?? []);
  // A page has its length: each row that is pushed out at its end has a new one before it.
  const waiting = come.filter((row) => !ids.has(idOf(row))).length;
  const pushedOut = shown.slice(Math.max(0, shown.length - waiting));
  const gone = shown.filter((id) => !now.has(id) && !pushedOut.includes(id));
  return { rows, waiting, gone: new Set(gone) };
}
