import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Topic } from '../schemas/events.ts';
import { call, type Answer, type Asked, type Gets } from './api.ts';
import { onEvent, paused } from './live.ts';

export interface Resource<T> {
  /** The newest answer; null before the first. */
  readonly data: T | null;
  /** Why the last question was not answered; what `data` shows is then stale. */
  readonly error: string | null;
  readonly loading: boolean;
  reload(): void;
}

interface Options {
  /** Events after which it is asked for anew. */
  readonly topics?: readonly Topic[];
  /** Also asked for anew so often: for what no event tells of. */
  readonly everyMs?: number;
}

/** However many events come, a question is asked so much later at the soonest. */
const leastMs = 500;
const againMs = 3000;

/**
 * An answer of the API that stays fresh while the page is seen: asked for at once, when `asked` changes, and after events.
 * What was shown stays while the next answer comes, and when none does.
 */
export function useResource<E extends Gets>(
  endpoint: E,
  asked: Asked<E> = {},
  { topics = [], everyMs }: Options = {},
): Resource<Answer<E>> {
  const key = JSON.stringify([endpoint, asked]);
  const [state, setState] = useState<{
    key: string;
    data: Answer<E> | null;
    error: string | null;
    loading: boolean;
  }>({
    key,
    data: null,
    error: null,
    loading: true,
  });
  const latest = useRef({ endpoint, asked });
  latest.current = { endpoint, asked };

  const loop = useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let running: AbortController | null = null;
    let askedAt = -Infinity;
    let dirty = false;
    const ask = (): void => {
      timer = null;
      running?.abort();
      const own = (running = new AbortController());
      askedAt = performance.now();
      dirty = false;
      const of = JSON.stringify([latest.current.endpoint, latest.current.asked]);
      setState((before) => ({ ...before, loading: true }));
      call(latest.current.endpoint, { ...latest.current.asked, signal: own.signal }).then(
        (data) => {
          if (running !== own) return;
          running = null;
          setState({ key: of, data, error: null, loading: false });
          if (dirty) soon();
        },
        (error: unknown) => {
          if (running !== own || own.signal.aborted) return;
          running = null;
          const message = error instanceof Error ? error.message : String(error);
          setState((before) => ({ ...before, error: message, loading: false }));
          timer ??= setTimeout(ask, againMs);
        },
      );
    };
    const soon = (): void => {
      if (running !== null) {
        dirty = true;
        return;
      }
      timer ??= setTimeout(ask, Math.max(0, askedAt + leastMs - performance.now()));
    };
    return {
      now: ask,
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
    const ends = topics.map((topic) => onEvent(topic, loop.soon));
    return () => ends.forEach((end) => end());
  }, [topicKey]);
  useEffect(() => {
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden && !paused.value) loop.soon();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);

  return { data: state.data, error: state.error, loading: state.loading, reload: loop.now };
}
