import type { Answer } from '../../api.ts';
import { Clock, now } from '../../ui/time.tsx';
import { tookOf } from '../../words.ts';
import { number, Table, unseen } from '../../ui/table.tsx';

type Job = Answer<'GET /api/jobs/:id'>;
type Attempt = Job['attempts'][number];

const outcomes: Readonly<Record<string, string>> = {
  completed: '● done',
  failed: '✕ failed',
  retried: '↻ failed, tried again',
  postponed: '◷ put off, not counted',
  handed_back: '↩ handed back, not counted',
  trainer_died: '✕ its trainer died',
  cancelled: '⊘ cancelled',
};
const colours: Readonly<Record<string, string>> = {
  completed: 'completed',
  failed: 'failed',
  retried: 'failed',
  trainer_died: 'failed',
};

/**
 * Every start of a job, with what it waited and took: a thin line and a bar, from when it was made to its
 * end.
 */
export function Attempts({ job }: { readonly job: Job }) {
  const { attempts } = job;
  const from = Date.parse(attempts[0]?.queued_at ?? job.created_at);
  const to = job.completed_at === null ? now.value : Date.parse(job.completed_at);
  const place = (at: number): number => (100 * (at - from)) / Math.max(1, to - from);
  return (
    <section class="panel" aria-label="Attempts">
      <header>
        <h2>Attempts</h2>
      </header>
      {attempts.length === 0 ? (
        <p class="none">None yet.</p>
      ) : (
        <Table
          name="Attempts"
          class="attempts"
          heads={[
            'Attempt',
            'Started',
            number('Waited'),
            number('Took'),
            'What came of it',
            'Trainer',
            unseen('As a line'),
          ]}
        >
          {attempts.map((attempt) => (
            <Row key={attempt.seq} attempt={attempt} of={job.max_attempts} place={place} />
          ))}
        </Table>
      )}
    </section>
  );
}

interface RowProps {
  readonly attempt: Attempt;
  readonly of: number;
  /** Per cent of the whole line. */
  readonly place: (at: number) => number;
}

function Row({ attempt, of, place }: RowProps) {
  const { started_at, ended_at, wait_seconds, outcome, error_code, error_message } = attempt;
  const began = Date.parse(started_at);
  const ended = ended_at === null ? now.value : Date.parse(ended_at);
  const ready = began - wait_seconds * 1000;
  const span = (left: number, right: number) => ({
    left: `${left}%`,
    width: `${Math.max(0, right - left)}%`,
  });
  return (
    <tr>
      <th scope="row">
        {attempt.attempt} of {of}
      </th>
      <td>
        <Clock at={started_at} seconds />
      </td>
      <td class="number">{tookOf(wait_seconds)}</td>
      <td class="number">{tookOf(Math.max(0, ended - began) / 1000)}</td>
      <td>
        {outcome === null ? '◐ running' : (outcomes[outcome] ?? outcome)}
        {error_code !== null && (
          <details class="attempt-error">
            <summary>{error_code}</summary>
            {error_message}
          </details>
        )}
      </td>
      <td>{attempt.trainer_id}</td>
      <td class="track" aria-hidden="true">
        <span>
          <i data-part="wait" style={span(place(ready), place(began))} />
          <i data-part={colours[outcome ?? ''] ?? 'other'} style={span(place(began), place(ended))} />
        </span>
      </td>
    </tr>
  );
}
