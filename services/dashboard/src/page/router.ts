import { computed, signal, type ReadonlySignal } from '@preact/signals';

// The URL is the state: screens, filters, sorts and pages are read from it and written to it, so that Back, a
// reload and a link that is sent to somebody show the same.

/** The path of the screen that is shown. */
export const path = signal(location.pathname);
/** What the URL says after its question mark. */
export const search = signal(new URLSearchParams(location.search));

const words = new Map<string, ReadonlySignal<string | null>>();

/**
 * One word of the URL's query; what draws by it is drawn anew when this word changes, and not with each of
 * the others.
 */
export function queryWord(name: string): string | null {
  let word = words.get(name);
  if (word === undefined) {
    word = computed(() => search.value.get(name));
    words.set(name, word);
  }
  return word.value;
}

function read(): void {
  path.value = location.pathname;
  search.value = new URLSearchParams(location.search);
}
addEventListener('popstate', read);

/** Goes to another screen, or with `replace` changes this one's URL without a step for Back. */
export function navigate(url: string, { replace = false } = {}): void {
  const before = location.pathname;
  history[replace ? 'replaceState' : 'pushState'](null, '', url);
  read();
  if (location.pathname === before) return;
  scrollTo(0, 0);
  document.getElementById('main')?.focus({ preventScroll: true });
}

/**
 * Sets words of the URL's query; null takes one out.
 * @param replace for what changes while somebody types, so that Back doesn't go through each letter
 */
export function setQuery(changes: Readonly<Record<string, string | null>>, { replace = false } = {}): void {
  const next = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes))
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  const text = next.toString();
  navigate(location.pathname + (text === '' ? '' : `?${text}`), { replace });
}
