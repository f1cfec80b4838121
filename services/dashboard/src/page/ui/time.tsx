import { signal } from '@preact/signals';
import { ageOf, clockOf, countdownOf, utcOf } from '../words.ts';

/** The present moment, for ages and countdowns; it stands while the tab is hidden. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

/** How long ago; the reader's own time and UTC on hover. */
export function Age({ at }: { readonly at: string | null }) {
  if (at === null) return <span class="none">never</span>;
  return (
    <time dateTime={at} title={`${clockOf(at)} (${utcOf(at)})`}>
      {ageOf(at, now.value)}
    </time>
  );
}

/** A time in the reader's zone; UTC on hover. */
export function Clock({ at, seconds = false }: { readonly at: string; readonly seconds?: boolean }) {
  return (
    <time dateTime={at} title={utcOf(at)}>
      {clockOf(at, { seconds })}
    </time>
  );
}

/** In how long. */
export function Countdown({ to }: { readonly to: string }) {
  return (
    <time dateTime={to} title={`${clockOf(to)} (${utcOf(to)})`}>
      {countdownOf(to, now.value)}
    </time>
  );
}
