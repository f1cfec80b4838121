import './overview.css';
import { Attention } from './attention.tsx';
import { Champions } from './champions.tsx';
import { Strip } from './strip.tsx';
import { Timeline } from './timeline.tsx';
import { Trainers } from './trainers.tsx';

/** Is all well, what is running, what needs me, what happens next: within ten seconds. */
export function Overview() {
  return (
    <div class="overview">
      <h1 class="unseen">Overview</h1>
      <Strip />
      <Timeline />
      <Attention />
      <Champions />
      <Trainers />
    </div>
  );
}
