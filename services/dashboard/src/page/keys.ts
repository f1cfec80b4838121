import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

/** A key as `KeyboardEvent.key` has it, and what it does, for the list that `?` shows. */
export interface Key {
  readonly key: string;
  readonly does: string;
  run(): void;
}

/** What holds now; a later one of the same key goes before an earlier one. */
export const keysHeld = signal<readonly Key[]>([]);

/** Whether the list of keys is shown. */
export const helpShown = signal(false);

function hold(keys: readonly Key[]): () => void {
  keysHeld.value = [...keysHeld.value, ...keys];
  return () => {
    keysHeld.value = keysHeld.value.filter((key) => !keys.includes(key));
  };
}

/** Keys of a screen or part of one, while it is shown. */
export function useKeys(keys: readonly Key[]): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(
    () => hold(keys.map((one, i) => ({ ...one, run: () => latest.current[i]?.run() }))),
    [keys.map(({ key, does }) => `${key} ${does}`).join()],
  );
}

/** What j and k step through: whatever has this attribute, and can be focused. */
const rowAttribute = 'data-row';

/**
 * j and k move the focus through the rows of a list: its elements with `data-row`, which must be focusable.
 * The list that the focus is in, or was last, goes before others.
 * @param what they are, in the plural, for the list of keys
 */
export function useRowKeys(list: { readonly current: HTMLElement | null }, what: string): void {
  useEffect(() => {
    const holder = list.current;
    if (holder === null) return undefined;
    let end = hold(rowKeys(holder, what));
    const entered = (): void => {
      end();
      end = hold(rowKeys(holder, what));
    };
    holder.addEventListener('focusin', entered);
    return () => {
      holder.removeEventListener('focusin', entered);
      end();
    };
  }, [what]);
}

function rowKeys(list: HTMLElement, what: string): Key[] {
  const move = (by: 1 | -1): void => {
    const rows = [...list.querySelectorAll<HTMLElement>(`[${rowAttribute}]`)];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
  };
  return [
    { key: 'j', does: `next of the ${what}`, run: () => move(1) },
    { key: 'k', does: `the ${what}'s one before`, run: () => move(-1) },
  ];
}

/** Listens for the whole page; once. */
export function listenToKeys(): void {
  hold([
    {
      key: '/',
      does: 'search',
      run: () => {
        const field = [...document.querySelectorAll<HTMLInputElement>('input[type="search"]')].find(
          (one) => one.offsetParent !== null,
        );
        field?.focus();
        field?.select();
      },
    },
    {
      key: '?',
      does: 'this list of keys',
      run: () => {
        helpShown.value = true;
      },
    },
  ]);
  document.addEventListener('keydown', (event) => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (event.defaultPrevented || ctrlKey || metaKey || altKey) return;
    if (isTyping(target)) {
      if (key === 'Escape' && target instanceof HTMLElement) target.blur();
      return;
    }
    // A dialog has its own keys: Escape, and those of its buttons.
    if (document.querySelector('dialog[open]') !== null) return;
    const held = keysHeld.value.findLast((one) => one.key === key);
    if (held === undefined) return;
    event.preventDefault();
    held.run();
  });
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
