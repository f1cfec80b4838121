import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

/** Height of a row, --row of styles/tokens.css. */
const rowPixels = 28;

/**
 * Of a long table only the rows in sight, and how much room the others take above and below.
 * @param count rows there are
 */
export function useVirtualRows(count: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, redraw] = useState(0);
  const virtualizer = useMemo(
    () =>
      new Virtualizer<HTMLDivElement, HTMLTableRowElement>({
        count: 0,
        getScrollElement: () => scroller.current,
        estimateSize: () => rowPixels,
        observeElementRect,
        observeElementOffset,
        scrollToFn: elementScroll,
        // Each cell may have a picture: so many rows more as a turn of the wheel brings, and at first what a
        // table shows of them.
        overscan: 6,
        initialRect: { width: 1000, height: 420 },
        onChange: () => redraw((times) => times + 1),
      }),
    [],
  );
  virtualizer.setOptions({ ...virtualizer.options, count });
  useEffect(() => virtualizer._didMount(), []);
  useEffect(() => virtualizer._willUpdate());
  const rows = virtualizer.getVirtualItems();
  return {
    scroller,
    /** Places of the rows to draw. */
    shown: rows.map(({ index }) => index),
    above: rows[0]?.start ?? 0,
    below: Math.max(0, virtualizer.getTotalSize() - (rows.at(-1)?.end ?? 0)),
  };
}
