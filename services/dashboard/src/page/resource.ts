import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Topic } from '../schemas/events.ts';
import { ApiError, call, type Answer, type Asked, type Gets } from './api.ts';
import { onEvent, paused } from './live.ts';

export interface Resource<T> {
  /** The newest answer; null before the first. */
  readonly data: T | null;
  /** Why the last question was not answered; what `data` shows is then stale. */
  readonly error: string | null;
  readonly loading: boolean;
  /** There is no such thing (404). */
  readonly missing?: boolean;
  reload(): void;
}

interface Options {
  /** Events after which it is asked for anew. */
  readonly topics?: readonly Topic[];
  /** Also asked for anew so often: for what no event tells of. */
  readonly everyMs?: number;
  /** Whether an event's data is worth it; all are unless given. */
  readonly worth?: (topic: Topic, data: unknown) => boolean;
  /** However many events come, it is asked so much later at the soonest. */
  readonly leastMs?: number;
}

const againMs = 3000;

/**
 * An answer of the API that stays fresh while the page is seen: asked for at once, when `asked` changes, and after events.
 * What was shown stays while the next answer comes, and when none does.
 */
export function useResource<E extends Gets>(
  endpoint: E,
  asked: Asked<E> = {},
  options: Options = {},
): Resource<Answer<E>> {
  return useFresh(
    JSON.stringify([endpoint, asked]),
    (signal) => call(endpoint, { ...asked, signal }),
    options,
  );
}

/**
 * The same of what it takes several questions to know.
 * @param key what is asked: when it changes it is asked for at once
 */
export function useFresh<T>(
  key: string,
  ask: (signal: AbortSignal) => Promise<T>,
  { topics = [], everyMs, worth = () => true, leastMs = 500 }: Options = {},
): Resource<T> {
  const [state, setState] = useState<{
    data: T | null;
    error: string | null;
    loading: boolean;
    missing: boolean;
  }>({
    data: null,
    error: null,
    loading: true,
    missing: false,
  });
  const latest = useRef(ask);
  latest.current = ask;
  const judged = useRef(worth);
  judged.current = worth;

  const loop = useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let running: AbortController | null = null;
    let askedAt = -Infinity;
    let dirty = false;
    const now = (): void => {
      timer = null;
      running?.abort();
      const own = (running = new AbortController());
      askedAt = performance.now();
      dirty = false;
      setState((before) => ({ ...before, loading: true }));
      latest.current(own.signal).then(
        (data) => {
          if (running !== own) return;
          running = null;
          setState({ data, error: null, loading: false, missing: false });
          if (dirty) soon();
        },
        (error: unknown) => {
          if (running !== own || own.signal.aborted) return;
          running = null;
          const message = error instanceof Error ? error.message : String(error);
          const missing = error instanceof ApiError && error.problem.status === 404;
          setState((before) => ({ ...before, error: message, loading: false, missing }));
          // What isn't there doesn't come by asking; an event tells of it.
          if (!missing) timer ??= setTimeout(now, againMs);
        },
      );
    };
    const soon = (): void => {
      if (running !== null) {
        dirty = true;
        return;
      }
      timer ??= setTimeout(now, Math.max(0, askedAt + leastMs - performance.now()));
    };
    return {
      now,
      soon,
      stop: () => {
        if (timer !== null) clearTimeout(timer);
        timer = null;
        running?.abort();
        running = null;
      },
    };
  }, []);

  useEffect(() => {
    loop.now();
    return loop.stop;
  }, [key]);
  const topicKey = topics.join();
  useEffect(() => {
    // A server that goes away or comes back makes everything stale, or fresh again.
    const ends = [...new Set<Topic>([...topics, 'health'])].map((topic) =>
      onEvent(topic, (data) => {
        if (data === null || topic === 'health' || judged.current(topic, data)) loop.soon();
      }),
    );
    return () => ends.forEach((end) => end());
  }, [topicKey]);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden && !paused.value) loop.soon();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  const { data, error, loading, missing } = state;
  return { data, error, loading, missing, reload: loop.now };
}
