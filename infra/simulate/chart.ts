export interface Curve {
  readonly name: string;
  /** Both above 0. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Axis {
  readonly title: string;
  /** Values that are marked, ascending; the first and the last bound it. */
  readonly marks: readonly { readonly value: number; readonly text: string }[];
}

const width = 760;
const height = 420;
const margin = { left: 70, right: 120, top: 30, bottom: 50 };
const colours = ['#4269d0', '#c9820a', '#d6453d', '#2a8c7a', '#8a5cc0', '#6b7280'];

/** Curves on two logarithmic axes, readable on a light and on a dark page. */
export function chart(title: string, x: Axis, y: Axis, curves: readonly Curve[]): string {
  const placeOn = (axis: Axis, from: number, to: number) => {
    const [low, high] = [Math.log(axis.marks[0]!.value), Math.log(axis.marks.at(-1)!.value)];
    return (value: number): number => {
      const share = (Math.log(value) - low) / (high - low);
      return Math.round(10 * (from + (to - from) * Math.min(1, Math.max(0, share)))) / 10;
    };
  };
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const placeX = placeOn(x, margin.left, right);
  const placeY = placeOn(y, bottom, margin.top);
  const text = (at: readonly [number, number], words: string, more = ''): string =>
    `<text x="${at[0]}" y="${at[1]}" ${more}>${words}</text>`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    '<style>text{font:12px sans-serif;fill:#57606a}.grid{stroke:#8884;stroke-width:1}.curve{fill:none;stroke-width:2}' +
      '@media(prefers-color-scheme:dark){text{fill:#c9d1d9}}</style>',
    text([margin.left, 16], title, 'font-weight="bold"'),
    ...x.marks.flatMap(({ value, text: words }) => [
      `<line class="grid" x1="${placeX(value)}" y1="${margin.top}" x2="${placeX(value)}" y2="${bottom}"/>`,
      text([placeX(value), bottom + 18], words, 'text-anchor="middle"'),
    ]),
    ...y.marks.flatMap(({ value, text: words }) => [
      `<line class="grid" x1="${margin.left}" y1="${placeY(value)}" x2="${right}" y2="${placeY(value)}"/>`,
      text([margin.left - 8, placeY(value) + 4], words, 'text-anchor="end"'),
    ]),
    text([(margin.left + right) / 2, height - 12], x.title, 'text-anchor="middle"'),
    ...curves.flatMap(({ name, points }, i) => {
      const colour = colours[i % colours.length]!;
      const last = points.at(-1)!;
      return [
        `<polyline class="curve" stroke="${colour}" points="${points.map(([a, b]) => `${placeX(a)},${placeY(b)}`).join(' ')}"/>`,
        text([placeX(last[0]) + 6, placeY(last[1]) + 4], name, `style="fill:${colour}"`),
      ];
    }),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}
