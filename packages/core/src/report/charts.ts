// Pictures as SVG, drawn once: no script, colours by the page's style.
import { html, type Markup } from './markup.ts';

interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
  /** 0 to 3: which of the page's colours; the naive one is grey and dashed. */
  readonly hue: 0 | 1 | 2 | 3 | 'naive';
  /** Marks without a line between them. */
  readonly points?: true;
}

interface LineChart {
  readonly title: string;
  /** Ascending; ms since the epoch when `time`. */
  readonly x: readonly number[];
  readonly time?: true;
  readonly xName?: string;
  readonly series: readonly Series[];
  /** Drawn lightly between two lines, of one length with x. */
  readonly band?: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] };
}

const size = { width: 640, height: 220, left: 62, right: 10, top: 8, bottom: 24 };
const inner = {
  width: size.width - size.left - size.right,
  height: size.height - size.top - size.bottom,
};
/** Points of a line at most, twice this: more can't be seen. */
const buckets = 300;

/** Lines over x with a legend; of long ones the lowest and highest of each stretch are drawn. */
export function lineChart({ title, x, time, xName, series, band }: LineChart): Markup {
  const drawn = series.flatMap(({ values }) => values);
  const all = [...drawn, ...(band?.low ?? []), ...(band?.high ?? [])].filter(isNumber);
  if (x.length < 2 || all.length === 0)
    return html`<p class="none">${title}: too few points for a picture.</p>`;
  const y = niceScale(extent(all));
  const [first, last] = [x[0]!, x.at(-1)!];
  const px = (at: number): number => size.left + (inner.width * (at - first)) / (last - first || 1);
  const py = (value: number): number => size.top + inner.height * (1 - (value - y.low) / (y.high - y.low));
  const marks = time === true ? timeMarks(first, last) : numberMarks(first, last);
  return html`<figure>
    <figcaption>${title}</figcaption>
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${title}">
        ${y.marks.map(
          (mark) =>
            html`<line
                class="grid"
                x1="${size.left}"
                x2="${size.width - size.right}"
                y1="${r(py(mark))}"
                y2="${r(py(mark))}"
              />
              <text x="${size.left - 6}" y="${r(py(mark) + 4)}" text-anchor="end">${y.text(mark)}</text>`,
        )}
        ${marks.map(
          ({ at, text }) =>
            html`<text x="${r(px(at))}" y="${size.height - 6}" text-anchor="middle">${text}</text>`,
        )}
        ${band === undefined ? null : bandPath(x, band, px, py)}
        ${series.map(({ values, hue, points }) =>
          points === true
            ? x.map((at, i) => {
                const value = values[i];
                return isNumber(value)
                  ? html`<circle class="hue-${hue}" cx="${r(px(at))}" cy="${r(py(value))}" r="4" />`
                  : null;
              })
            : html`<path class="line hue-${hue}" d="${pathOf(x, values, px, py)}" />`,
        )}
      </svg>
    </div>
    <ul class="legend">
      ${series.map(({ name, hue }) => html`<li class="hue-${hue}">${name}</li>`)}${
        xName === undefined ? null : html`<li class="axis">across: ${xName}</li>`
      }
    </ul>
  </figure>`;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Half the length of its whisker. */
  readonly error: number;
  /** Whether it stands out of the noise. */
  readonly clear: boolean;
}

/** Bars from a line at 0, each with its error, as a table whose numbers can be read as well. */
export function barTable(
  bars: readonly Bar[],
  { caption, text }: { readonly caption: string; readonly text: (value: number) => string },
): Markup {
  const width = 260;
  const [least, most] = extent([0, ...bars.flatMap(({ value, error }) => [value - error, value + error])]);
  const px = (value: number): number => 2 + ((width - 4) * (value - least)) / (most - least || 1);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table class="bars">
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">feature</th>
          <th scope="col" class="number">loss</th>
          <th scope="col" class="number">± error</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        ${bars.map(({ name, value, error, clear }) => {
          const [from, to] = [Math.min(px(0), px(value)), Math.max(px(0), px(value))];
          return html`<tr${clear ? html` class="clear"` : null}><th scope="row"><code>${name}</code></th>
        <td class="number">${text(value)}</td><td class="number">${text(error)}</td>
        <td><svg class="bar" viewBox="0 0 ${width} 14" aria-hidden="true">
          <rect class="${clear ? 'hue-0' : 'hue-naive'}" x="${r(from)}" width="${r(to - from)}" y="2" height="10"/>
          <line class="whisker" x1="${r(px(value - error))}" x2="${r(px(value + error))}" y1="7" y2="7"/>
          <line class="zero" x1="${r(px(0))}" x2="${r(px(0))}" y1="0" y2="14"/>
        </svg></td></tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

const isNumber = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** To a tenth of a point: files stay small. */
const r = (value: number): number => Math.round(value * 10) / 10;

const extent = (values: readonly number[]): [number, number] =>
  values.reduce<[number, number]>(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Infinity, -Infinity],
  );

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly marks: readonly number[];
  readonly text: (value: number) => string;
}

/** Three to six marks at round numbers. */
function niceScale([low, high]: readonly [number, number]): Scale {
  const range = high - low || Math.abs(high) || 1;
  const raw = range / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= raw)!;
  const pad = high === low ? range / 2 : range * 0.03;
  const [from, to] = [low - pad, high + pad];
  const marks: number[] = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++) marks.push(k * step);
  const digits = Math.max(0, Math.min(8, -Math.floor(Math.log10(step)) + (step / power === 2.5 ? 1 : 0)));
  return { low: from, high: to, marks, text: (value) => value.toFixed(digits).replace('-', '−') };
}

interface Mark {
  readonly at: number;
  readonly text: string;
}

const numberMarks = (first: number, last: number): Mark[] => {
  const { marks, text } = niceScale([first, last]);
  return marks.filter((at) => at >= first && at <= last).map((at) => ({ at, text: text(at) }));
};

/** Of days the date, of less than five the hour as well; UTC. */
function timeMarks(first: number, last: number): Mark[] {
  const hours = last - first < 5 * 86_400_000;
  return [0.1, 0.37, 0.63, 0.9].map((share) => {
    const at = first + share * (last - first);
    const iso = new Date(at).toISOString();
    return { at, text: hours ? iso.slice(5, 16).replace('T', ' ') : iso.slice(0, 10) };
  });
}

type Place = (value: number) => number;

function pathOf(x: readonly number[], values: readonly (number | null)[], px: Place, py: Place): string {
  let path = '';
  let pen = false;
  for (const i of shownPoints(values)) {
    const value = values[i];
    if (!isNumber(value)) {
      pen = false;
      continue;
    }
    path += `${pen ? 'L' : 'M'}${r(px(x[i]!))} ${r(py(value))}`;
    pen = true;
  }
  return path;
}

/** All, or the lowest and the highest of each stretch, first and last of the line among them. */
function shownPoints(values: readonly (number | null)[]): number[] {
  if (values.length <= 2 * buckets) return values.map((_, i) => i);
  const shown = new Set<number>([0, values.length - 1]);
  for (let b = 0; b < buckets; b++) {
    const from = Math.floor((b * values.length) / buckets);
    const to = Math.floor(((b + 1) * values.length) / buckets);
    let [lowest, highest] = [from, from];
    for (let i = from; i < to; i++) {
      if ((values[i] ?? Infinity) < (values[lowest] ?? Infinity)) lowest = i;
      if ((values[i] ?? -Infinity) > (values[highest] ?? -Infinity)) highest = i;
    }
    shown.add(lowest).add(highest);
  }
  return [...shown].sort((a, b) => a - b);
}

function bandPath(
  x: readonly number[],
  { low, high }: NonNullable<LineChart['band']>,
  px: Place,
  py: Place,
): Markup | null {
  const known = x.flatMap((at, i) => {
    const [from, to] = [low[i], high[i]];
    return isNumber(from) && isNumber(to) ? [{ at, from, to }] : [];
  });
  if (known.length < 2) return null;
  const up = known.map(({ at, to }) => `${r(px(at))} ${r(py(to))}`);
  const down = known.toReversed().map(({ at, from }) => `${r(px(at))} ${r(py(from))}`);
  return html`<path class="band" d="M${[...up, ...down].join('L')}Z" />`;
}
