import { effect, signal } from '@preact/signals';
import { topics, type Topic } from '../schemas/events.ts';

/** connecting, live, lost (the browser connects again by itself), or paused by the reader. */
export const state = signal<'connecting' | 'live' | 'lost' | 'paused'>('connecting');
/** The reader stopped the stream: nothing on the page moves. */
export const paused = signal(false);

type Heard = (data: unknown) => void;
const heard = new Map<Topic, Set<Heard>>();

/**
 * Calls back at each event of a topic, and with null when everything is to be asked for again. @returns ends
 * it
 */
export function onEvent(topic: Topic, callback: Heard): () => void {
  const callbacks = heard.get(topic) ?? new Set();
  heard.set(topic, callbacks.add(callback));
  return () => callbacks.delete(callback);
}

/** Whether an event of jobs tells of a status that changed, and not of progress alone. */
export const isTurn = (topic: Topic, data: unknown): boolean =>
  topic !== 'jobs' ||
  !Array.isArray(data) ||
  data.length === 0 ||
  // Our own API sent it.
  (data as { status: string; was: string | null }[]).some(({ status, was }) => status !== was);

function tell(topic: Topic, data: unknown): void {
  for (const callback of heard.get(topic) ?? []) callback(data);
}

const everything = (): void => {
  for (const topic of topics) tell(topic, null);
};

/** One stream for the whole page. A hidden tab closes it, and asks for everything when it is seen again. */
export function listenToEvents(): void {
  let source: EventSource | null = null;
  const hidden = signal(document.hidden);
  document.addEventListener('visibilitychange', () => {
    hidden.value = document.hidden;
  });
  let wasClosed = false;
  const close = (): void => {
    source?.close();
    source = null;
    wasClosed = true;
  };
  const open = (): void => {
    state.value = 'connecting';
    source = new EventSource('/api/events');
    source.addEventListener('open', () => {
      state.value = 'live';
      if (wasClosed) everything();
      wasClosed = false;
    });
    source.addEventListener('error', () => {
      state.value = 'lost';
      // Closed for good by an answer that is no stream: the browser gives up, we don't.
      if (source?.readyState !== EventSource.CLOSED) return;
      close();
      setTimeout(() => {
        if (source === null && !hidden.value && !paused.value) open();
      }, 2000);
    });
    source.addEventListener('reset', everything);
    for (const topic of topics)
      source.addEventListener(topic, (event) => {
        tell(topic, JSON.parse((event as MessageEvent<string>).data));
      });
  };
  effect(() => {
    const wanted = !hidden.value && !paused.value;
    if (wanted && source === null) open();
    else if (!wanted) {
      close();
      state.value = 'paused';
    }
  });
}
