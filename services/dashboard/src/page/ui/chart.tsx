import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { Fold } from './fold.tsx';
import { Table } from './table.tsx';

interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** A colour token of styles/tokens.css. */
  readonly color: string;
  readonly dash?: readonly number[];
  readonly digits?: number;
  /** line unless said; step holds a value until the next one; bound is only the edge of a band. */
  readonly kind?: 'line' | 'step' | 'points' | 'bound';
}

/** The area between two series, by their places in the list. */
interface Band {
  readonly upper: number;
  readonly lower: number;
  readonly color: string;
}

interface ChartProps {
  readonly title: string;
  readonly x: readonly number[];
  /** Whether x are seconds since the epoch, or plain numbers such as steps. */
  readonly time?: boolean;
  readonly xName: string;
  readonly series: readonly Series[];
  readonly height?: number;
  readonly yName?: string;
  /** Lowest and highest y; from the data unless said. */
  readonly yRange?: readonly [number, number];
  readonly bands?: readonly Band[];
  /** Charts of one name move their pointers together. */
  readonly sync?: string;
  /** More of uPlot's own options, for what one chart alone draws. */
  readonly hooks?: uPlot.Hooks.Arrays;
}

const plainDay = '\n{D} {MMM} {YYYY}';
/**
 * Words of the time axis, by the seconds between two of its marks: what each says, and what the first of a
 * year or day adds.
 */
const timeWords: (string | number | null)[][] = [
  [365 * 86_400, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * 86_400, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [86_400, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', plainDay, null, '\n{D} {MMM}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', plainDay, null, '\n{D} {MMM}', null, null, null, 1],
];

/** Rows that the table behind a chart shows at most: for who can't see the picture, not a data file. */
const rowsShown = 200;

/** Lines over x, the values under the pointer in the legend, and the numbers behind it as a table. */
export function Chart({
  title,
  x,
  time = false,
  xName,
  series,
  height = 180,
  yName,
  yRange,
  bands,
  sync,
  hooks,
}: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shape = JSON.stringify([title, series.map(({ name, color }) => [name, color]), height, time]);
  const data = [x, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;

  useEffect(() => {
    const holder = place.current!;
    const token = (name: string): string => getComputedStyle(holder).getPropertyValue(name).trim() || name;
    const build = (): void => {
      plot.current?.destroy();
      const axis = {
        stroke: token('--ink-2'),
        grid: { stroke: token('--line'), width: 1 },
        ticks: { stroke: token('--line') },
      };
      plot.current = new uPlot(
        {
          width: holder.clientWidth || 300,
          height,
          cursor: { points: { size: 6 }, ...(sync === undefined ? {} : { sync: { key: sync } }) },
          scales: { x: { time }, ...(yRange === undefined ? {} : { y: { range: [...yRange] } }) },
          axes: [
            time ? { ...axis, values: timeWords, space: 70 } : axis,
            { ...axis, size: 56, ...(yName === undefined ? {} : { label: yName, labelSize: 16 }) },
          ],
          ...(hooks === undefined ? {} : { hooks }),
          ...(bands === undefined
            ? {}
            : {
                bands: bands.map(({ upper, lower, color }) => ({
                  series: [upper + 1, lower + 1] as [number, number],
                  fill: `${token(color)}33`,
                })),
              }),
          series: [
            { label: xName, ...(time ? { value: '{YYYY}-{MM}-{DD} {HH}:{mm}' } : {}) },
            ...series.map(({ name, color, dash, digits = 4, kind = 'line' }) => ({
              label: name,
              stroke: token(color),
              width: kind === 'bound' ? 0 : 1.5,
              ...lineOf(kind, token(color)),
              ...(dash === undefined ? {} : { dash: [...dash] }),
              value: (_plot: uPlot, value: number | null) => (value === null ? '' : value.toFixed(digits)),
            })),
          ],
        },
        data,
        holder,
      );
    };
    build();
    const resized = new ResizeObserver(() => {
      plot.current?.setSize({ width: holder.clientWidth, height });
    });
    resized.observe(holder);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', build);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', build);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [x, ...series.map(({ values }) => values)]);

  const from = Math.max(0, x.length - rowsShown);
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={place} role="img" aria-label={`${title}; the numbers are in the table behind it`} />
      <Fold title="Numbers">
        {() => (
          <Table
            name={`Numbers of ${title}`}
            frame="scroll"
            heads={[xName, ...series.map(({ name }) => name)]}
          >
            {x.slice(from).map((at, i) => (
              <tr key={at}>
                <th scope="row">
                  {time ? new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ') : at}
                </th>
                {series.map(({ name, values, digits = 4 }) => (
                  <td key={name} class="number">
                    {values[from + i]?.toFixed(digits) ?? ''}
                  </td>
                ))}
              </tr>
            ))}
          </Table>
        )}
      </Fold>
    </figure>
  );
}

function lineOf(kind: NonNullable<Series['kind']>, color: string): Partial<uPlot.Series> {
  switch (kind) {
    case 'line':
      return {};
    case 'bound':
      return { points: { show: false } };
    case 'step': {
      const { stepped } = uPlot.paths;
      return { points: { show: false }, ...(stepped === undefined ? {} : { paths: stepped({ align: 1 }) }) };
    }
    case 'points':
      return { paths: () => null, points: { show: true, size: 9, fill: color } };
  }
}
