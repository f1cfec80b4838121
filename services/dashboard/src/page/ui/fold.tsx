import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface FoldProps {
  readonly title: string;
  readonly class?: string;
  /** Made when somebody opens it: hundreds of rows behind each picture took longer than the picture. */
  readonly children: () => ComponentChildren;
}

/** What most don't look at, closed at first. */
export function Fold({ title, class: own, children }: FoldProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class={own} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {open && children()}
    </details>
  );
}
