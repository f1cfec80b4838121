import '../../styles/parts.css';
import './schedule.css';
import type { Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Panel } from '../../ui/panel.tsx';
import { Countdown } from '../../ui/time.tsx';
import { dayClockOf, utcOf } from '../../words.ts';
import { RunHistory } from './history.tsx';
import { Week } from './week.tsx';

/** When runs start, and what came of those that did. */
export function ScheduleScreen() {
  // A tick passes without an event.
  const schedule = useResource('GET /api/schedule', {}, { everyMs: 20_000, topics: ['runs'] });
  return (
    <>
      <h1>Schedule</h1>
      <Panel title="When runs start" resource={schedule}>
        {(data) => (
          <>
            <p class="in-words">
              <strong>{data.in_words}</strong>, {data.timezone} <code>{data.cron}</code>
            </p>
            {data.problem !== null && <p class="problem">{data.problem}</p>}
            {data.too_long !== null && <p class="problem">{data.too_long}</p>}
            <div class="ticks-and-week">
              <NextTicks schedule={data} />
              <Week schedule={data} />
            </div>
          </>
        )}
      </Panel>
      <RunHistory />
    </>
  );
}

const readersZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

function NextTicks({ schedule }: { readonly schedule: Answer<'GET /api/schedule'> }) {
  const { next, timezone } = schedule;
  const own = readersZone();
  if (next.length === 0) return <p class="none">This schedule never fires again.</p>;
  return (
    <div class="scroll ticks" tabIndex={0} role="region" aria-label="Next ticks">
      <table>
        <caption>Next {next.length} ticks</caption>
        <thead>
          <tr>
            <th scope="col">In</th>
            <th scope="col">Your time{own === timezone ? `, ${own}` : ''}</th>
            {own !== timezone && <th scope="col">{timezone}</th>}
          </tr>
        </thead>
        <tbody>
          {next.map(({ at }) => (
            <tr key={at}>
              <td class="number">
                <Countdown to={at} />
              </td>
              <td>
                <time dateTime={at} title={utcOf(at)}>
                  {dayClockOf(at)}
                </time>
              </td>
              {own !== timezone && <td>{dayClockOf(at, timezone)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
