import type { Timeline } from '../../../schemas/timeline.ts';
import { Clock } from '../../ui/time.tsx';
import { lengthOf } from '../../words.ts';
import { Fold } from '../../ui/fold.tsx';
import { Table } from '../../ui/table.tsx';

/** For who can't see the picture; the jobs' own list has all of them. */
const maxRows = 200;

/** The numbers behind the picture. */
export function Numbers({ data }: { readonly data: Timeline }) {
  return (
    <Fold title="Numbers" class="numbers">
      {() => <Spans data={data} />}
    </Fold>
  );
}

function Spans({ data }: { readonly data: Timeline }) {
  const spans = data.rows
    .flatMap(({ strategy_type, symbol, spans: own }) =>
      own.map((span) => ({ pair: `${strategy_type} ${symbol}`, ...span })),
    )
    .filter(({ kind }) => kind !== 'waiting')
    .sort((a, b) => (a.from < b.from ? 1 : a.from > b.from ? -1 : 0))
    .slice(0, maxRows);
  return (
    <Table
      name="Numbers of the timeline"
      frame="scroll"
      heads={['pair', 'attempt', 'what', 'from', 'length']}
    >
      {spans.map(({ pair, job_id, attempt, max_attempts, kind, error, from, to }) => (
        <tr key={`${job_id} ${from}`}>
          <th scope="row">{pair}</th>
          <td class="number">
            {attempt} of {max_attempts}
          </td>
          <td>
            {kind}
            {error === null ? '' : `: ${error}`}
          </td>
          <td>
            <Clock at={from} seconds />
          </td>
          <td class="number">
            {to === null ? 'until now' : lengthOf((Date.parse(to) - Date.parse(from)) / 1000)}
          </td>
        </tr>
      ))}
    </Table>
  );
}
