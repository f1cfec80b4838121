/** Where the user's files are, and what messages call that. */
interface Folder {
  readonly base: string;
  readonly shown: string;
}

/**
 * Where in the user's files an error arose, `strategies/NAME/strategy.ts:12:5`; their strategy.ts when
 * nobody knows.
 */
export function placeOf(error: unknown, { base, shown }: Folder): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  // A syntax error's stack begins with file and line; other errors' frames have a column as well.
  for (const [, url, line, column] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)(?::(\d+))?(?=[\s)]|$)/g))
    if (url!.startsWith(base))
      return [shown + decodeURIComponent(url!.slice(base.length)), line, column].filter(Boolean).join(':');
  return `${shown}strategy.ts`;
}

/** An error's words; its kind where that says more (TypeError), not for what is an error and no more. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  return error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}
