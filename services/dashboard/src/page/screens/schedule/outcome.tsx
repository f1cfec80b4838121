import type { Answer } from '../../api.ts';
import { Status } from '../../ui/status.tsx';
import { countOf } from '../../words.ts';

export const statuses = ['failed', 'running', 'queued', 'cancelled', 'completed'] as const;

/** How many jobs are in each state, those that need somebody first. */
export function Outcome({ of }: { readonly of: Answer<'GET /api/runs'>['items'][number]['outcome'] }) {
  const some = statuses.filter((status) => of[status] > 0);
  if (some.length === 0) return <span class="none">none</span>;
  return (
    <span class="outcome">
      {some.map((status) => (
        <span key={status}>
          {countOf(of[status])} <Status of={status} />
        </span>
      ))}
    </span>
  );
}
