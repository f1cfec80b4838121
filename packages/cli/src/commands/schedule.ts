import {
  heldSchedules,
  nextTicks,
  scheduleInWords,
  scheduleOf,
  scheduleProblem,
  wallTime,
} from '@ml-training/core';
import { print, printJson, table, when } from '../output.ts';
import { withDatabase } from '../servers.ts';
import { wrap } from '../wrap.ts';

/** When runs start: what a scheduler goes by, or, as none is running, what the settings say. */
export async function showSchedule(options: { count: number; json?: true }): Promise<void> {
  await withDatabase(async (sql, config) => {
    const settings = scheduleOf(config);
    const { now, held } = await heldSchedules(sql);
    const { cron, timezone } = held[0] ?? settings;
    const inWords = await scheduleInWords({ cron });
    const problem = scheduleProblem(settings, held);
    const ticks = nextTicks({ cron, timezone }, now, options.count);
    if (options.json === true) {
      printJson({
        cron,
        timezone,
        in_words: inWords,
        of: held.length > 0 ? 'scheduler' : 'settings',
        settings,
        problem,
        time: now,
        next: ticks.map((at) => ({ at, local: wallTime(at, timezone).iso })),
      });
      return;
    }
    print(`${inWords}, ${timezone} (${cron})`);
    if (problem !== null) print(wrap(problem, 80));
    print('');
    if (ticks.length === 0) print('It never fires again.');
    else print(tickTable(ticks, timezone, now));
  });
}

function tickTable(ticks: readonly Date[], timezone: string, now: Date): string {
  const local = timezone === 'UTC' ? [] : [timezone];
  return table(
    ['in', 'UTC', ...local],
    ticks.map((at) => [
      until(at, now),
      when(at),
      ...local.map(() => wallTime(at, timezone).iso.slice(0, 19).replace('T', ' ')),
    ]),
  );
}

function until(at: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((at.getTime() - now.getTime()) / 60_000));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
