import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/**
 * `j` and `k` go to the next and the previous row's link, `r` does what a row has for it, `/` goes to the
 * field to search by. Not while somebody types, nor while a dialog asks.
 */
export function useListKeys(place: RefObject<HTMLElement | null>, onRetry: (row: HTMLElement) => void): void {
  const latest = useRef(onRetry);
  latest.current = onRetry;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      const typing =
        target instanceof HTMLElement && target.closest('input, select, textarea, dialog') !== null;
      if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]'))
        return;
      const rows = [...(place.current?.querySelectorAll<HTMLElement>('tbody tr') ?? [])];
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      if (key === '/') document.querySelector<HTMLElement>('[data-search]')?.focus();
      else if (key === 'j' || key === 'k') {
        const next = rows[Math.max(0, Math.min(rows.length - 1, key === 'j' ? at + 1 : at - 1))];
        next?.querySelector<HTMLElement>('a')?.focus();
      } else if (key === 'r' && rows[at] !== undefined) latest.current(rows[at]);
      else return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
