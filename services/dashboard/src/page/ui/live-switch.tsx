import { paused, state } from '../live.ts';

const words = { connecting: 'connecting', live: 'live', lost: 'connection lost', paused: 'paused' };

/** Whether the page follows the fleet, and the button that stops and starts it. */
export function Live() {
  const now = state.value;
  return (
    <div class="live" data-state={now}>
      <span role="status">
        <span aria-hidden="true" class="dot" /> {words[now]}
      </span>
      <button
        type="button"
        class="quiet"
        aria-pressed={paused.value}
        onClick={() => {
          paused.value = !paused.value;
        }}
      >
        {paused.value ? 'Go on' : 'Pause'}
      </button>
    </div>
  );
}
