// Numbers and times in words; pure, so tests need no browser.

import { lengthOf, units } from '../length.ts';

export { lengthOf };

export const ageOf = (at: string, now: number): string => {
  const seconds = (now - Date.parse(at)) / 1000;
  return seconds < 2 ? 'just now' : `${lengthOf(seconds)} ago`;
};

/** `in 3 h 12 min`; `now` when it is due. */
export function countdownOf(to: string, now: number): string {
  const seconds = Math.round((Date.parse(to) - now) / 1000);
  if (seconds <= 0) return 'now';
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `in ${days} d ${hours} h`;
  if (hours > 0) return `in ${hours} h ${minutes} min`;
  if (minutes > 0) return `in ${minutes} min ${seconds % 60} s`;
  return `in ${seconds} s`;
}

/** In the reader's zone, with the date when it isn't today. */
export function clockOf(at: string, { seconds = false, today = new Date() } = {}): string {
  const time = new Date(at);
  const clock = time.toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  });
  const sameDay = time.toDateString() === today.toDateString();
  if (sameDay) return clock;
  const date = time.toLocaleDateString(undefined, {
    day: 'numeric',
    month: 'short',
    ...(time.getFullYear() === today.getFullYear() ? {} : { year: 'numeric' }),
  });
  return `${date}, ${clock}`;
}

export const utcOf = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** Bytes in the largest unit of which there is one or more. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** A usual distance in the largest unit that it is a whole number of: `15 min`, `1 h`, `1 d`. */
export function stepOf(seconds: number): string {
  const [unit, length] = units.find(([, of]) => seconds >= of && seconds % of === 0) ?? (['s', 1] as const);
  return `${seconds / length} ${unit}`;
}

/** How long something took: `8.7 s`, `12 min 5 s`, `3 h 2 min`. */
export function tookOf(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** With its weekday, in the reader's zone or another: `Thu 26 Nov, 14:00`. */
export const dayClockOf = (at: string, timeZone?: string): string =>
  new Date(at).toLocaleString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(timeZone === undefined ? {} : { timeZone }),
  });

/** The day alone, in UTC: `26 Nov 2026`. */
export const dateOf = (at: string): string =>
  new Date(at).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
