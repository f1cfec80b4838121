import { signal } from '@preact/signals';

interface Toast {
  readonly id: number;
  readonly kind: 'done' | 'failed';
  readonly text: string;
}

const toasts = signal<readonly Toast[]>([]);
let last = 0;
const shownMs = 6000;

/** Says what came of something that was asked for; an error stays until it is put away. */
export function toast(kind: Toast['kind'], text: string): void {
  const id = ++last;
  toasts.value = [...toasts.value, { id, kind, text }];
  if (kind === 'done') setTimeout(() => putAway(id), shownMs);
}

const putAway = (id: number): void => {
  toasts.value = toasts.value.filter((one) => one.id !== id);
};

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, kind, text }) => (
        <p key={id} data-kind={kind}>
          {text}
          <button type="button" class="quiet" aria-label="Put away" onClick={() => putAway(id)}>
            ✕
          </button>
        </p>
      ))}
    </div>
  );
}
