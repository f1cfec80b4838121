/** Measures how long each named stage of a job takes; entering one leaves the one before. */
export function startStages(onEnter: (stage: string) => void): {
  enter(stage: string): void;
  /** Seconds by stage, over all its visits. */
  end(): Record<string, number>;
} {
  const seconds: Record<string, number> = {};
  let current: string | null = null;
  let since = 0;
  const leave = (): void => {
    if (current !== null) seconds[current] = (seconds[current] ?? 0) + (performance.now() - since) / 1000;
  };
  return {
    enter: (stage) => {
      leave();
      current = stage;
      since = performance.now();
      onEnter(stage);
    },
    end: () => {
      leave();
      current = null;
      return Object.fromEntries(
        Object.entries(seconds).map(([stage, value]) => [stage, Math.round(value * 1000) / 1000]),
      );
    },
  };
}
