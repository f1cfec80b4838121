import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { toast } from './toasts.tsx';

interface ActionProps {
  readonly children: ComponentChildren;
  /** Does it. @returns what came of it, in words */
  readonly run: () => Promise<string>;
  /** What is asked before; none for what does no harm. */
  readonly confirm?: string;
  /** Why it isn't possible, shown in its place. */
  readonly impossible?: string | null;
  readonly primary?: boolean;
}

/**
 * A button that changes something: asks first where that matters, says what came of it, and why it can't be
 * done.
 */
export function Action({ children, run, confirm, impossible = null, primary = false }: ActionProps) {
  const [busy, setBusy] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  if (impossible !== null)
    return (
      <span class="impossible">
        <button type="button" disabled>
          {children}
        </button>{' '}
        {impossible}
      </span>
    );
  const go = async (): Promise<void> => {
    setBusy(true);
    await run().then(
      (text) => toast('done', text),
      (error: unknown) => toast('failed', error instanceof Error ? error.message : String(error)),
    );
    setBusy(false);
  };
  return (
    <>
      <button
        type="button"
        class={primary ? 'primary' : undefined}
        disabled={busy}
        onClick={() => {
          if (confirm === undefined) void go();
          else dialog.current?.showModal();
        }}
      >
        {children}
      </button>
      {confirm !== undefined && (
        <dialog ref={dialog} aria-labelledby={title}>
          <p id={title}>{confirm}</p>
          <div class="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button
              type="button"
              class="primary"
              autofocus
              onClick={() => {
                dialog.current?.close();
                void go();
              }}
            >
              {children}
            </button>
          </div>
        </dialog>
      )}
    </>
  );
}
