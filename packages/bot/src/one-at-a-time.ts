/**
 * Runs `work` whenever it is asked for, never twice at once: asked for meanwhile, it runs once more
 * afterwards, so that what has changed since it began is not missed.
 * @param work handles its own errors
 */
export function oneAtATime(work: () => Promise<void>): {
  readonly run: () => void;
  readonly settled: () => Promise<void>;
} {
  let running: Promise<void> | null = null;
  let again = false;
  const loop = async (): Promise<void> => {
    do {
      again = false;
      await work();
      // Set by run(), during the work.
    } while (again as boolean);
    running = null;
  };
  return {
    run: () => {
      again = true;
      running ??= loop();
    },
    settled: async () => {
      await running;
    },
  };
}
