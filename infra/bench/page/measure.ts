import { getPriority, loadavg } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import type { PartContext } from '../harness/part.ts';
import type { Row, Section } from '../harness/result.ts';
import { quantile, spreadOf } from '../harness/statistics.ts';
import { keepBefore, type Interaction, type Screen } from './interactions.ts';
import { installStopwatch, type Timed } from './stopwatch.ts';

const budgetMs = 100;
const timesATurn = 4;

/** A table for each screen, after so many fresh loads of it. */
export async function measureScreens(
  browser: Browser,
  url: string,
  screens: readonly Screen[],
  { turns, say }: Pick<PartContext, 'turns' | 'say'>,
): Promise<Section[]> {
  const sections: Section[] = [];
  for (const { title, at, interactions } of screens) {
    const took = new Map<Interaction, Timed[]>(interactions.map((one) => [one, []]));
    for (let turn = 0; turn < turns; turn += 1) {
      const page = await openPage(browser, url + at);
      for (let time = 0; time < timesATurn; time += 1)
        for (const one of interactions) took.get(one)!.push(await timed(page, one));
      await page.context().close();
    }
    const rows = [...took].map(([one, times]) => rowOf(one, times));
    for (const { what, ours, high } of rows)
      say(`${title}, ${what}: ${ours.median.toFixed(0)} ms, 95 of 100 within ${high!.toFixed(0)}`);
    sections.push({ title, rows, notes: [`Load of the machine at its end: ${load()}.`] });
  }
  return sections;
}

/** With what it was asked for beside others, as by nice. */
function load(): string {
  const niceness = getPriority();
  return `${loadavg()[0]!.toFixed(1)}${niceness === 0 ? '' : `, at niceness ${niceness}`}`;
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    timezoneId: 'UTC',
    locale: 'en-GB',
  });
  const page = await context.newPage();
  await page.addInitScript(installStopwatch);
  await page.goto(url);
  await page.locator('main h1').waitFor();
  await page.evaluate('quiet()');
  return page;
}

async function timed(page: Page, { what, prepare, act, on, seen }: Interaction): Promise<Timed> {
  await prepare?.(page);
  await page.evaluate('quiet()');
  await page.evaluate(`${keepBefore}; stopwatch('${on}', () => ${seen})`);
  await act(page);
  const late = `"${what}" shows nothing of its result after half a minute`;
  const failing = setTimeout(() => void page.close({ reason: late }), 30_000);
  try {
    return await page.evaluate<Timed>('stopped');
  } finally {
    clearTimeout(failing);
  }
}

function rowOf({ what, asks }: Interaction, times: readonly Timed[]): Row {
  const whole = times.map((time) => time.whole).sort((a, b) => a - b);
  return {
    what,
    unit: 'ms',
    digits: 0,
    ours: spreadOf(whole),
    high: quantile(whole, 0.95),
    ...(asks === true ? { waiting: spreadOf(times.map(({ waiting }) => waiting)) } : {}),
    target: { of: 'high', atMost: budgetMs },
  };
}
