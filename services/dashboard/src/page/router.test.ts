import { effect } from '@preact/signals';
import { expect, test } from '@jest/globals';

// What of a browser the router reads.
const here = { pathname: '/', search: '?sort=rl&range=7d' };
Object.assign(globalThis, {
  location: here,
  addEventListener: () => undefined,
  history: {
    pushState: (_state: null, _title: string, url: string): void => {
      here.search = url.slice(url.indexOf('?'));
    },
  },
});
const { queryWord, setQuery } = await import('./router.ts');

test('who draws by one word of the URL draws anew when it changes, and not with another one', () => {
  const [sorts, ranges]: (string | null)[][] = [[], []];
  effect(() => void sorts!.push(queryWord('sort')));
  effect(() => void ranges!.push(queryWord('range')));
  setQuery({ sort: 'lstm' });
  setQuery({ q: 'GOOG' });
  setQuery({ sort: null });
  expect([sorts, ranges]).toEqual([['rl', 'lstm', null], ['7d']]);
});
