// Numbers and times in words; pure, so tests need no browser.

import { intervalInWords } from '@ml-training/sdk';
import { lengthOf } from '../length.ts';

export { lengthOf };

// Each made once: to make one takes fifty times as long as to use it, and a screen shows hundreds of times.
const hourAndMinute = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const clock = new Intl.DateTimeFormat(undefined, hourAndMinute);
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { ...hourAndMinute, second: '2-digit' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const fullDay = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const dayAndYear = new Intl.DateTimeFormat(undefined, fullDay);
const dayInUtc = new Intl.DateTimeFormat('en-GB', { ...fullDay, timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric' });
const dayClocks = new Map<string | undefined, Intl.DateTimeFormat>();
const counts = new Intl.NumberFormat('en');

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
  const text = (seconds ? clockWithSeconds : clock).format(time);
  if (time.toDateString() === today.toDateString()) return text;
  const day = time.getFullYear() === today.getFullYear() ? dayOfYear : dayAndYear;
  return `${day.format(time)}, ${text}`;
}

/** Of a moment in ms, the day of the week and of the month in the reader's zone. */
export const weekdayOf = (ms: number): string => weekday.format(ms);
/** Of a moment in ms, the hour and minute in the reader's zone. */
export const hourOf = (ms: number): string => clock.format(ms);

export const utcOf = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`;

/** `1,500`. */
export const countOf = (count: number): string => counts.format(count);

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${countOf(count)} ${count === 1 ? one : many}`;

/** Bytes in the largest unit of which there is one or more. */
export function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** From one bar to the next: `15 minutes`, `1 hour`, `1 day`. */
export const stepOf = (seconds: number): string => intervalInWords(1000 * seconds);

/** How long something took: `8.7 s`, `12 min 5 s`, `3 h 2 min`. */
export function tookOf(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 172_800) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** With its weekday, in the reader's zone or another: `Thu 26 Nov, 14:00`. */
export function dayClockOf(at: string, timeZone?: string): string {
  let format = dayClocks.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      ...hourAndMinute,
      ...(timeZone === undefined ? {} : { timeZone }),
    });
    dayClocks.set(timeZone, format);
  }
  return format.format(new Date(at));
}

/** The day alone, in UTC: `26 Nov 2026`. */
export const dateOf = (at: string): string => dayInUtc.format(new Date(at));
