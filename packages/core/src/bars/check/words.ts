import type { Gap } from '../gaps.ts';

/** To the second where it is no whole minute; PostgreSQL's infinity is no date. */
export function timeText(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return `the time ${time}`;
  const [day, clock = ''] = date.toISOString().split('T');
  const shown =
    time % 60_000 === 0 ? clock.slice(0, 5) : time % 1000 === 0 ? clock.slice(0, 8) : clock.slice(0, 12);
  return `${day} ${shown} UTC`;
}

export const gapText = ({ from, to }: Gap): string => `${timeText(from)} to ${timeText(to)}`;
