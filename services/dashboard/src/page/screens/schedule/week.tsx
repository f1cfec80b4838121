import type { Answer } from '../../api.ts';

const hours = Array.from({ length: 24 }, (_, hour) => hour);

/**
 * The seven days from today on as days and hours of the schedule's zone: a mark where it fires, the number
 * where more than once.
 */
export function Week({ schedule }: { readonly schedule: Answer<'GET /api/schedule'> }) {
  const { week, timezone, time } = schedule;
  const now = placeOf(time, timezone);
  return (
    <div class="week">
      <table>
        <caption>The week by the clock of {timezone}: ticks in each hour</caption>
        <thead>
          <tr>
            <td />
            {hours.map((hour) => (
              <th key={hour} scope="col">
                <span class={hour % 6 === 0 ? undefined : 'unseen'}>{hour}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {week.map(({ date, hours: ticks }) => (
            <tr key={date}>
              <th scope="row">{dayOf(date)}</th>
              {ticks.map((count, hour) => (
                <td
                  key={hour}
                  data-fires={count > 0 ? '' : undefined}
                  data-past={date === now.date && hour < now.hour ? '' : undefined}
                  data-now={date === now.date && hour === now.hour ? '' : undefined}
                  title={count > 0 ? `${dayOf(date)}, ${hour}:00 to ${hour}:59: ${count}` : undefined}
                >
                  {count === 0 ? '' : count === 1 ? '●' : count}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="legend">
        <span aria-hidden="true">●</span> one tick, a number for more; framed: the present hour
      </p>
    </div>
  );
}

const day = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', timeZone: 'UTC' });
const dayOf = (date: string): string => day.format(new Date(`${date}T00:00Z`));

function placeOf(time: string, timeZone: string): { date: string; hour: number } {
  const [date = '', clock = ''] = new Date(time).toLocaleString('sv-SE', { timeZone }).split(' ');
  return { date, hour: Number(clock.slice(0, 2)) };
}
