import { Strip } from './strip.tsx';

/** Is all well, what is running, what needs me, what happens next: within ten seconds. */
export function Overview() {
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <Strip />
    </>
  );
}
