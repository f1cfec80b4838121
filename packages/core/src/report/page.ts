import type { ReportFacts } from './facts.ts';
import { html } from './markup.ts';
import { curves } from './sections/curves.ts';
import { decisions, head } from './sections/decision.ts';
import { features } from './sections/features.ts';
import { backtest, calibration } from './sections/holdout.ts';
import { live } from './sections/live.ts';
import { origin } from './sections/origin.ts';
import { luck, scores } from './sections/scores.ts';

const sections = [head, scores, luck, backtest, calibration, features, curves, live, decisions, origin];

/**
 * The report as one file of HTML: no script, no resource from elsewhere; light or dark as the reader's system
 * is, and light on paper.
 */
export function reportPage(facts: ReportFacts): string {
  const { strategy_type, symbol, model_id } = facts.model;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${strategy_type} ${symbol} ${model_id.slice(0, 8)}</title>
        <style>
          ${{ markup: style }}
        </style>
      </head>
      <body>
        <main>${sections.map((section) => section(facts))}</main>
      </body>
    </html> `;
  return page.markup;
}

/** The page's colours: services/dashboard/src/page/styles/tokens.css. */
const light =
  '--paper:#fcfcfa;--paper-2:#f3f3ef;--ink:#1d1f21;--ink-2:#55595e;--line:#d9d9d3;' +
  '--hue-0:#0072b2;--hue-1:#d55e00;--hue-2:#009e73;--hue-3:#8a5a83;--mark:#fff3c4';
const dark =
  '--paper:#16181a;--paper-2:#1f2225;--ink:#e8e8e4;--ink-2:#a7acb1;--line:#383c40;' +
  '--hue-0:#56b4e9;--hue-1:#e8853f;--hue-2:#2fbf94;--hue-3:#cc79a7;--mark:#4a4115';
const hues = [0, 1, 2, 3]
  .map(
    (n) =>
      `path.hue-${n}{stroke:var(--hue-${n})}circle.hue-${n},rect.hue-${n}{fill:var(--hue-${n})}li.hue-${n}::before{background:var(--hue-${n})}`,
  )
  .join('');
const style = `
:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
@media print{:root{color-scheme:light;${light}}section,figure{break-inside:avoid}details{display:block}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:0.9375rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif}
main{max-width:72rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.125rem;margin:0 0 .5rem;border-bottom:1px solid var(--line)}h3{font-size:1rem;margin:1rem 0 .25rem}
section{margin-top:2rem}p{margin:.5rem 0;max-width:60rem}.sub,.none,figcaption,caption,.legend,dt{color:var(--ink-2)}
.decision{background:var(--paper-2);padding:.5rem .75rem;overflow-wrap:anywhere}
code{font:0.85em ui-monospace,Menlo,Consolas,'Liberation Mono',monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(8rem,16rem) 1fr;gap:.1rem 1rem;margin:.5rem 0}dd{margin:0;overflow-wrap:anywhere;min-width:0}
@media (max-width:36rem){dl{grid-template-columns:1fr}dd{padding-left:1rem}}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.8125rem}caption{text-align:left;padding:.25rem 0}
th,td{text-align:left;padding:.15rem .75rem .15rem 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:normal}thead th{color:var(--ink-2)}th code{white-space:nowrap}td.words{min-width:18rem}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.time{white-space:nowrap}
tr.here{background:var(--mark)}tr.clear th{font-weight:600}
figure{margin:1rem 0;min-width:0}.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(26rem,100%),1fr));gap:0 2rem}.columns>*{min-width:0}
figure svg{display:block;width:100%;min-width:26rem;max-width:46rem;height:auto}svg text{fill:var(--ink-2);font-size:12px}
.grid{stroke:var(--line)}path.line{fill:none;stroke-width:1.6}path.hue-naive{stroke:var(--ink-2);stroke-dasharray:4 4}path.band{fill:var(--hue-0);opacity:.18}
rect.hue-naive{fill:var(--ink-2);opacity:.45}svg.bar{display:block;width:16rem;height:.9rem}.whisker{stroke:var(--ink)}.zero{stroke:var(--ink-2)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:0 1rem;padding:0;margin:.25rem 0;font-size:.8125rem}
.legend li::before{content:'';display:inline-block;width:.9rem;height:3px;margin-right:.35rem;vertical-align:middle}.legend li.axis::before{display:none}
li.hue-naive::before{background:var(--ink-2)}${hues}
`;
