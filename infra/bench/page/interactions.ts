import type { Page } from 'playwright-core';

/** Something that a reader does, and how one sees that it is done. */
export interface Interaction {
  readonly what: string;
  /** What has to be there first, and isn't measured. */
  readonly prepare?: (page: Page) => Promise<void>;
  readonly act: (page: Page) => Promise<void>;
  /** The event that it is measured from. */
  readonly on: 'click' | 'keydown' | 'change' | 'popstate';
  /** JavaScript that is true as soon as the page shows the result. */
  readonly seen: string;
  /** Whether the result needs an answer of the API; how long the page waits for one is then told apart. */
  readonly asks?: true;
}

export interface Screen {
  readonly title: string;
  /** Where it begins; what it does leads back to there, so that it can be done again. */
  readonly at: string;
  readonly interactions: readonly Interaction[];
}

const click = (selector: string) => (page: Page) => page.locator(selector).first().click();
const button = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).click();

const text = (selector: string): string => `(document.querySelector('${selector}')?.textContent ?? '')`;
const count = (selector: string): string => `document.querySelectorAll('${selector}').length`;
const rows = (least: number): string => `${count('main tbody tr')} >= ${least}`;
const waitsForNothing = `document.querySelector('main .waiting') === null`;
/** All rows that are drawn fit a search, and there are some. */
const onlyRows = (words: string): string => {
  const names = `[...document.querySelectorAll('table[aria-rowcount] tbody th')]`;
  return `${names}.length > 0 && ${names}.every((one) => one.textContent.includes('${words}'))`;
};
const sortedBy = (column: string, direction: 'ascending' | 'descending'): string =>
  `${text(`main th[aria-sort=${direction}]`)}.toLowerCase().startsWith('${column}')`;
/** Other rows than before. */
const firstRow = `document.querySelector('main tbody th a')?.getAttribute('href')`;
const otherRows = `![undefined, before].includes(${firstRow})`;
/** Keeps what `otherRows` compares with. */
export const keepBefore = `globalThis.before = ${firstRow}`;

/** The last letter of what is typed into the field. */
const lastLetter = (what: string, words: string, seen: string): Interaction => ({
  what,
  prepare: async (page) => {
    await page.locator('main input[type=search]').first().focus();
    await page.keyboard.type(words.slice(0, -1));
  },
  act: (page) => page.keyboard.press(words.slice(-1)),
  on: 'keydown',
  seen,
});
/** Takes everything out of the field at once. */
const emptied = (what: string, seen: string): Interaction => ({
  what,
  prepare: (page) => page.locator('main input[type=search]').first().selectText(),
  act: (page) => page.keyboard.press('Backspace'),
  on: 'keydown',
  seen,
});
const sorted = (
  column: string,
  selector: string,
  direction: 'ascending' | 'descending' = 'ascending',
): Interaction => ({
  what: `sort by ${column}`,
  act: click(selector),
  on: 'click',
  seen: sortedBy(column, direction),
});
const opened = (what: string, selector: string, seen: string): Interaction => ({
  what,
  act: click(selector),
  on: 'click',
  seen: `${seen} && document.querySelector('main h1') !== null && ${waitsForNothing}`,
  asks: true,
});
const back = (what: string, seen: string): Interaction => ({
  what,
  act: async (page) => {
    await page.goBack();
  },
  on: 'popstate',
  seen,
  asks: true,
});
const pressed = (what: string, name: string, seen: string): Interaction => ({
  what,
  act: button(name),
  on: 'click',
  seen,
  asks: true,
});

const matrixHead = (column: string): string => `.matrix th button:has-text("${column}")`;
/** How many jobs the first row's name tells of: hours and days have different ones. */
const jobsOfFirst = `Number(/: (\\d+) jobs?,/.exec(${text('.timeline-row .unseen')})?.[1])`;

const overview: Screen = {
  title: 'First screen',
  at: '/',
  interactions: [
    ...['symbol', 'ensemble', 'lstm', 'rl'].map((column) => sorted(column, matrixHead(column))),
    {
      what: 'the other way round',
      act: click(matrixHead('rl')),
      on: 'click',
      seen: sortedBy('rl', 'descending'),
    },
    {
      what: 'worst first again',
      act: button('worst first'),
      on: 'click',
      seen: `document.querySelector('main th[aria-sort]') === null`,
    },
    lastLetter('a letter of a search', 'S00', onlyRows('S00')),
    emptied('the search emptied', `${text('[aria-label=Champions] > .hint')} === '500 symbols'`),
    pressed('timeline of 24 h', '24 h', `${jobsOfFirst} > 1 && ${jobsOfFirst} < 6`),
    pressed('timeline of 7 d', '7 d', `${jobsOfFirst} > 6`),
    pressed('timeline of 6 h', '6 h', `${jobsOfFirst} < 2`),
    {
      what: 'every row of the timeline',
      act: click('button:has-text("Show all")'),
      on: 'click',
      seen: `${count('.timeline-row')} > 12`,
      asks: true,
    },
    pressed('timeline of 7 d, every row', '7 d', `${jobsOfFirst} > 6`),
    pressed('timeline of 6 h, every row', '6 h', `${jobsOfFirst} < 2`),
    {
      what: 'the busiest rows again',
      act: click('button:has-text("busiest")'),
      on: 'click',
      seen: `${count('.timeline-row')} === 12`,
      asks: true,
    },
  ],
};

const failed = count('main .status[data-status=failed]');
const made = (what: string, value: string, seen: string): Interaction => ({
  what,
  act: async (page) => {
    await page.locator('.job-filters select').selectOption(value);
  },
  on: 'change',
  seen: `${seen} && ${waitsForNothing}`,
  asks: true,
});
const jobs: Screen = {
  title: 'Jobs',
  at: '/jobs',
  interactions: [
    { ...lastLetter('filter by status', 'status:failed ', `${rows(50)} && ${failed} === 50`), asks: true },
    made('of the last day', '24h', `location.search.includes('24h') && ${rows(1)}`),
    made('at any time again', '', `!location.search.includes('24h') && ${rows(50)} && ${failed} === 50`),
    { ...emptied('no filter', `${rows(50)} && ${failed} < 50`), asks: true },
    pressed('the next page', 'Older', otherRows),
    pressed('the first page', 'Newest', otherRows),
    opened('open a job', 'main tbody th a', `location.pathname.length > 9`),
    back('back to the list', `location.pathname === '/jobs' && ${rows(50)}`),
  ],
};

const pairHead = (title: string): string => `.pairs th button:has-text("${title}")`;
const models: Screen = {
  title: 'Models',
  at: '/models',
  interactions: [
    ...['symbol', 'strategy', 'in use'].map((title) => sorted(title, pairHead(title))),
    sorted('newest other', pairHead('newest other'), 'descending'),
    sorted('better than', pairHead('better than')),
    lastLetter('a letter of a search', 'S00', onlyRows('S00')),
    emptied('the search emptied', `${text('.model-filters [role=status]')} === '1,500 pairs'`),
    opened('open a model', '.pairs tbody td a', `location.pathname.length > 9`),
    back('back to the list', `${text('.pairs')} !== '' && ${rows(10)}`),
    opened('open a pair', '.pairs tbody th a', `location.pathname === '/models/pair'`),
    back('back from it', `${text('.pairs')} !== '' && ${rows(10)}`),
  ],
};

const symbolHead = (name: string): string => `.symbols th[data-column=${name.split(' ')[0]!}] button`;
const data: Screen = {
  title: 'Data',
  at: '/data',
  interactions: [
    ...['bars', 'first bar', 'last bar'].map((name) => sorted(name, symbolHead(name))),
    sorted('age', symbolHead('age'), 'descending'),
    sorted('step', symbolHead('step')),
    sorted('gaps', symbolHead('gaps'), 'descending'),
    ...['models', 'trained', 'symbol'].map((name) => sorted(name, symbolHead(name))),
    lastLetter('a letter of a search', 'S00', onlyRows('S00')),
    emptied('the search emptied', `${text('.symbols-summary')}.startsWith('500 symbols')`),
    opened('open a symbol', '.symbols tbody th a', `${count('main canvas')} > 0`),
    back('back to the list', `${text('.symbols')} !== '' && ${rows(10)}`),
  ],
};

/** A screen with all its panels filled. */
const filled = (title: string): string => `${text('h1')} === '${title}' && ${waitsForNothing} && ${rows(1)}`;
const schedule: Screen = {
  title: 'Schedule',
  at: '/schedule',
  interactions: [
    { what: 'older runs', act: click('a:has-text("Older runs")'), on: 'click', seen: otherRows, asks: true },
    opened('open a run', '.runs tbody th a', `location.pathname.startsWith('/runs/') && ${rows(1)}`),
    back('back to the runs', filled('Schedule')),
    {
      what: 'newest runs',
      act: click('a:has-text("Newest runs")'),
      on: 'click',
      seen: otherRows,
      asks: true,
    },
  ],
};

const between: Screen = {
  title: 'From screen to screen',
  at: '/jobs',
  interactions: ['Models', 'Schedule', 'Queue', 'Data', 'Overview', 'Jobs'].map((name) => ({
    what: `to ${name}`,
    act: (page) => page.getByRole('link', { name, exact: true }).click(),
    on: 'click',
    seen: filled(name),
    asks: true,
  })),
};

export const screens: readonly Screen[] = [overview, jobs, models, data, schedule, between];
