interface PageOf<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

/**
 * All of a list that the API answers in pages, each of which takes it some milliseconds.
 * @param ask for the page that a cursor stands for; null is the first
 * @param show is given what came so far, before each of the other pages is asked for
 */
export async function everyPage<T>(
  ask: (cursor: string | null) => Promise<PageOf<T>>,
  show: (soFar: readonly T[]) => void,
): Promise<readonly T[]> {
  const { items, next_cursor } = await ask(null);
  let [soFar, cursor] = [items, next_cursor];
  while (cursor !== null) {
    show(soFar);
    const page: PageOf<T> = await ask(cursor);
    soFar = [...soFar, ...page.items];
    cursor = page.next_cursor;
  }
  return soFar;
}
