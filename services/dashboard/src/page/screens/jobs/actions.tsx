import { call } from '../../api.ts';
import { Action } from '../../ui/action.tsx';
import { cancelQuestion, pairOf, retryQuestion, type JobRow } from './words.ts';

/** Tries a job again, after a question. @param impossible why it can't be, shown in its place */
export function Retry({ job, impossible = null, onDone }: ActionProps) {
  return (
    <Action
      confirm={retryQuestion(job)}
      impossible={impossible}
      run={async () => {
        await call('POST /api/jobs/:id/retry', { params: { id: job.job_id } });
        onDone?.();
        return `${pairOf(job)} is queued again`;
      }}
    >
      Retry
    </Action>
  );
}

interface ActionProps {
  readonly job: JobRow;
  readonly impossible?: string | null;
  readonly onDone?: () => void;
}

/** Cancels a job, after a question. */
export function Cancel({ job, impossible = null, onDone }: ActionProps) {
  return (
    <Action
      confirm={cancelQuestion(job)}
      impossible={impossible}
      run={async () => {
        const { outcome } = await call('POST /api/jobs/:id/cancel', { params: { id: job.job_id } });
        onDone?.();
        return outcome === 'already' ? `${pairOf(job)} was cancelled before` : `${pairOf(job)} is cancelled`;
      }}
    >
      Cancel job
    </Action>
  );
}
