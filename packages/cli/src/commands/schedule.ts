import { readSchedule, scheduleJson, type ShownSchedule } from '@ml-training/core';
import { print, printJson, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';
import { wrap } from '../wrap.ts';

/** When runs start: what a scheduler goes by, or, as none is running, what the settings say. */
export async function showSchedule(options: { count: number; json?: true }): Promise<void> {
  await withDatabase(async (sql, config) => {
    const shown = await readSchedule(sql, config, options.count);
    if (options.json === true) {
      printJson(scheduleJson(shown));
      return;
    }
    const { schedule, inWords, problem, tooLong, next } = shown;
    print(`${inWords}, ${schedule.timezone} (${schedule.cron})`);
    if (problem !== null) print(wrap(problem, 80));
    if (tooLong !== null) print(wrap(tooLong, 80));
    print('');
    if (next.length === 0) print('It never fires again.');
    else print(tickTable(shown));
  });
}

function tickTable({ schedule: { timezone }, now, next }: ShownSchedule): string {
  const inZone = timezone !== 'UTC';
  return table(
    ['in', 'UTC', ...(inZone ? [timezone] : [])],
    next.map(({ at, local }) => [
      until(at, now),
      when(at),
      ...(inZone ? [local.slice(0, 19).replace('T', ' ')] : []),
    ]),
  );
}

function until(at: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((at.getTime() - now.getTime()) / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
