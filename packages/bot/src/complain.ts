export interface Complaints {
  readonly failed: (error: unknown) => void;
  readonly well: () => void;
}

/**
 * Passes each different complaint on once, until things went well in between:
 * what is tried every two seconds would say the same every two seconds.
 */
export function complainOnce(tell: (error: Error) => void): Complaints {
  const told = new Set<string>();
  return {
    failed: (cause) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (told.has(error.message)) return;
      told.add(error.message);
      try {
        tell(error);
      } catch (thrown) {
        // The bot's own mistake in its own function: it must not stop what goes on behind it.
        process.emitWarning(`onError threw: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    },
    well: () => told.clear(),
  };
}
