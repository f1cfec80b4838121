import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Topic } from '../schemas/events.ts';
import { ApiError, call, type Answer, type Asked, type Gets } from './api.ts';
import { Kept } from './kept.ts';
import { onEvent, paused } from './live.ts';

export interface Resource<T> {
  /** The newest answer; null before the first. */
  readonly data: T | null;
  /** Why the last question was not answered; what `data` shows is then stale. */
  readonly error: string | null;
  readonly loading: boolean;
  /**
   * `data` is what the screen knew when it was last seen, or a part of what was asked for; the rest is on its
   * way.
   */
  readonly provisional: boolean;
  /** There is no such thing (404). */
  readonly missing?: boolean;
  reload(): void;
}

interface Options {
  /** Events after which it is asked for again. */
  readonly topics?: readonly Topic[];
  /** Also asked for again so often: for what no event tells of. */
  readonly everyMs?: number;
  /** Whether an event's data is worth it; all are unless given. */
  readonly worth?: (topic: Topic, data: unknown) => boolean;
  /** However many events come, it is asked so much later at the soonest. */
  readonly minMs?: number;
}

const againMs = 3000;
const kept = new Kept();

/**
 * An answer of the API that stays fresh while the page is seen: asked for at once, when `asked` changes, and
 * after events. What was shown stays while the next answer comes, and when none does; what was asked before
 * is shown at once as it was then.
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

interface State<T> {
  /** What `data` answers; null before the first answer. */
  readonly key: string | null;
  readonly data: T | null;
  /** Whether `data` is all of the answer. */
  readonly whole: boolean;
  readonly error: string | null;
  readonly loading: boolean;
  readonly missing: boolean;
}

/**
 * The same of what it takes several questions to know.
 * @param key what is asked: when it changes it is asked for at once
 * @param ask may show parts of its answer, which are seen where nothing was known before
 */
export function useFresh<T>(
  key: string,
  ask: (signal: AbortSignal, show: (part: T) => void) => Promise<T>,
  { topics = [], everyMs, worth = () => true, minMs = 500 }: Options = {},
): Resource<T> {
  const [state, setState] = useState<State<T>>({
    key: null,
    data: null,
    whole: false,
    error: null,
    loading: true,
    missing: false,
  });
  const question = useRef(key);
  question.current = key;
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
      const asked = question.current;
      const knew = kept.get(asked) !== undefined;
      setState((before) => ({ ...before, loading: true }));
      const show = (part: T): void => {
        if (running !== own || knew) return;
        kept.set(asked, part);
        setState({ key: asked, data: part, whole: false, error: null, loading: true, missing: false });
      };
      latest.current(own.signal, show).then(
        (data) => {
          if (running !== own) return;
          running = null;
          kept.set(asked, data);
          setState({ key: asked, data, whole: true, error: null, loading: false, missing: false });
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
      timer ??= setTimeout(now, Math.max(0, askedAt + minMs - performance.now()));
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

  const { error, loading, missing } = state;
  const isAnswered = state.key === key;
  // Under this key nothing else is kept than answers to it.
  const known = isAnswered ? undefined : (kept.get(key) as T | undefined);
  return {
    data: known ?? state.data,
    provisional: !isAnswered || !state.whole,
    error,
    loading,
    missing,
    reload: loop.now,
  };
}
