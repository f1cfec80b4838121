import { call, type Answer } from '../../api.ts';
import { everyPage } from '../../every-page.ts';
import { useFresh, type Resource } from '../../resource.ts';

export type SymbolRow = Answer<'GET /api/symbols'>['items'][number];

/** Bars come by imports, of which no event tells. */
const againMs = 60_000;
const rowsAnAnswer = 50;

/** Every symbol; those that came are shown while the others come. */
export function useSymbols(): Resource<readonly SymbolRow[]> {
  return useFresh<readonly SymbolRow[]>(
    'every symbol',
    (signal, show) =>
      everyPage(
        (cursor) =>
          call('GET /api/symbols', {
            query: { limit: rowsAnAnswer, ...(cursor === null ? {} : { cursor }) },
            signal,
          }),
        show,
      ),
    { everyMs: againMs },
  );
}

/** By the worst finding, then by how many there are. */
function badness({ findings }: SymbolRow): number {
  return 100 * (findings[0]?.severity ?? 0) + findings.length;
}

/** What the list can be sorted by; each column's first click brings what needs somebody to the top. */
export const columns = [
  { key: 'symbol', name: 'Symbol', value: (row: SymbolRow) => row.symbol, first: 'asc' },
  { key: 'bars', name: 'Bars', value: (row: SymbolRow) => row.bars, first: 'asc' },
  { key: 'first', name: 'First bar', value: (row: SymbolRow) => row.first_bar, first: 'asc' },
  { key: 'last', name: 'Last bar', value: (row: SymbolRow) => row.last_bar, first: 'asc' },
  { key: 'age', name: 'Age', value: (row: SymbolRow) => row.age_seconds, first: 'desc' },
  { key: 'step', name: 'Step', value: (row: SymbolRow) => row.step_seconds ?? 0, first: 'asc' },
  { key: 'gaps', name: 'Gaps', value: (row: SymbolRow) => row.missing_bars, first: 'desc' },
  { key: 'check', name: 'Check', value: badness, first: 'desc' },
  { key: 'models', name: 'Models', value: (row: SymbolRow) => row.models.length, first: 'asc' },
  { key: 'trained', name: 'Trained', value: (row: SymbolRow) => (row.trainable ? 1 : 0), first: 'asc' },
] as const;
export type ColumnKey = (typeof columns)[number]['key'];
export type Direction = 'asc' | 'desc';

/** Rows whose name has the words, in the order asked for, by name where that leaves two alike. */
export function chosen(
  rows: readonly SymbolRow[],
  { words, by, direction }: { words: string; by: ColumnKey; direction: Direction },
): readonly SymbolRow[] {
  const wanted = words.trim().toLowerCase();
  const { value } = columns.find(({ key }) => key === by)!;
  const sign = direction === 'asc' ? 1 : -1;
  return rows
    .filter(({ symbol }) => symbol.toLowerCase().includes(wanted))
    .sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x !== y) return x < y ? -sign : sign;
      return a.symbol < b.symbol ? -1 : 1;
    });
}
