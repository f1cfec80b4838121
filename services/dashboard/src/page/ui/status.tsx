const signs = {
  queued: ['○', 'queued'],
  running: ['◐', 'running'],
  completed: ['●', 'done'],
  failed: ['✕', 'failed'],
  cancelled: ['⊘', 'cancelled'],
  retried: ['↻', 'retried'],
} as const;

/** What became of a job: a sign that differs in shape as well as in colour, and the word. */
export function Status({ of }: { readonly of: keyof typeof signs }) {
  const [sign, word] = signs[of];
  return (
    <span class="status" data-status={of}>
      <span aria-hidden="true">{sign}</span> {word}
    </span>
  );
}
