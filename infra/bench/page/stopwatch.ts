import type { PerformanceEntry } from 'node:perf_hooks';

// Runs in the page, from an input to the picture that shows what came of it.

/** Milliseconds of one interaction. */
export interface Timed {
  /** From the input event, as the browser stamped it, to the end of the frame that shows its result. */
  readonly whole: number;
  /** Of those, with a question to the API under way. */
  readonly waiting: number;
}

// What a browser has and Node hasn't: the DOM's own types don't go with Node's in one program.
declare const requestAnimationFrame: (callback: () => void) => void;
declare const requestIdleCallback: (callback: () => void, options: { readonly timeout: number }) => void;
declare const addEventListener: (
  kind: string,
  callback: (event: Event) => void,
  options: { readonly capture: true; readonly once: true },
) => void;

declare global {
  var stopwatch: (kind: string, seen: () => boolean) => void;
  var stopped: Promise<Timed>;
  var quiet: () => Promise<void>;
}

/**
 * Gives the page `stopwatch`: armed by it, the next event of a kind starts it, and `stopped` has what it
 * measured; and `quiet`, which waits until no question to the API is under way and all is drawn.
 */
export function installStopwatch(): void {
  performance.setResourceTimingBufferSize(2000);
  let underWay = 0;
  const ask = globalThis.fetch;
  globalThis.fetch = async (...asked) => {
    underWay += 1;
    try {
      return await ask(...asked);
    } finally {
      underWay -= 1;
    }
  };

  globalThis.quiet = async () => {
    do
      await new Promise<void>((done) => {
        requestAnimationFrame(() => requestIdleCallback(done, { timeout: 2000 }));
      });
    while (underWay > 0);
  };

  globalThis.stopwatch = (kind, seen) => {
    performance.clearResourceTimings();
    const { promise, resolve } = Promise.withResolvers<Timed>();
    globalThis.stopped = promise;
    const started = (event: Event): void => {
      const began = event.timeStamp;
      const look = (): void => {
        if (!seen()) {
          requestAnimationFrame(look);
          return;
        }
        // A message comes after the frame that this is called before.
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener('message', () => {
          const ended = performance.now();
          resolve({ whole: ended - began, waiting: waitedBetween(began, ended) });
        });
        port1.start();
        port2.postMessage(null);
      };
      requestAnimationFrame(look);
    };
    addEventListener(kind, started, { capture: true, once: true });
  };

  /** How long one or more questions that began since were under way. */
  function waitedBetween(began: number, ended: number): number {
    const asked = performance
      .getEntriesByType('resource')
      // The browser says of a resource when its answer ended.
      .map((entry) => entry as PerformanceEntry & { readonly responseEnd: number })
      .filter(({ name, startTime, responseEnd }) => {
        return /\/api\/(?!events)/.test(name) && startTime >= began && responseEnd <= ended;
      })
      .sort((a, b) => a.startTime - b.startTime);
    let [sum, upTo] = [0, began];
    for (const { startTime, responseEnd } of asked) {
      sum += Math.max(0, responseEnd - Math.max(startTime, upTo));
      upTo = Math.max(upTo, responseEnd);
    }
    return sum;
  }
}
