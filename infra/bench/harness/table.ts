import { isReached, type Row, type Section, type Spread, type Target } from './result.ts';

/** The head and one line of cells a row; the peer's columns only where a row has a peer. */
export function cellsOf({
  rows,
  sides = ['ours', 'peer'],
}: Pick<Section, 'rows' | 'sides'>): readonly (readonly string[])[] {
  const compared = rows.some(({ peer }) => peer !== undefined);
  const spread = rows.some(({ high }) => high !== undefined);
  const waits = rows.some(({ waiting }) => waiting !== undefined);
  const aimed = rows.some(({ target }) => target !== undefined);
  const columns: readonly (readonly [title: string, cell: (row: Row) => string])[] = [
    ['', ({ what, unit }) => (unit === '' ? what : `${what} (${unit})`)],
    [compared ? sides[0] : 'measured', (row) => shown(row.ours, row)],
    ...(compared
      ? ([
          [sides[1], (row: Row) => (row.peer === undefined ? '' : shown(row.peer, row))],
          ['ratio', ratio],
          ['by turn', ({ pairs }: Row) => (pairs === undefined ? '' : shown(pairs, { digits: 2 }))],
        ] as const)
      : []),
    ...(spread
      ? ([
          ['95 of 100 within', ({ high, digits }: Row) => (high === undefined ? '' : number(high, digits))],
        ] as const)
      : []),
    ...(waits
      ? ([['waiting', (row: Row) => (row.waiting === undefined ? '' : shown(row.waiting, row))]] as const)
      : []),
    ...(aimed ? ([['target', goal]] as const) : []),
  ];
  return [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
}

/** Median, and the range in brackets where there are several values. */
function shown({ median, min, max, count }: Spread, { digits }: Pick<Row, 'digits'>): string {
  const text = (value: number): string => number(value, digits);
  return count === 1 || text(min) === text(max)
    ? text(median)
    : `${text(median)} (${text(min)} to ${text(max)})`;
}

/** So many decimals; of very small numbers the first digits instead of none. */
function number(value: number, digits: number): string {
  if (value === 0 && digits > 6) return '0';
  if (value !== 0 && Math.abs(value) < 0.5 * 10 ** -Math.min(digits, 6)) return value.toExponential(1);
  return value.toFixed(Math.min(digits, 6)).replace(/^-(0\.?0*)$/, '$1');
}

function ratio({ ours, peer, pairs }: Row): string {
  if (peer === undefined || pairs === undefined) return '';
  const found = ours.median / peer.median;
  return found.toFixed(found < 0.1 ? 3 : 2);
}

function goal(row: Row): string {
  if (row.target === undefined) return '';
  return `${describe(row.target)}: ${isReached(row) === true ? 'reached' : 'not reached'}`;
}

function describe(target: Target): string {
  if (target.of === 'within peer spread') return "not below the peer's worst";
  if (target.of === 'no lower beyond noise') return target.of;
  if (target.of === 'high') return `95 of 100 ≤ ${target.atMost}`;
  if (target.of === 'difference') return target.atLeast === 0 ? 'no lower' : `+${target.atLeast}`;
  return 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`;
}
