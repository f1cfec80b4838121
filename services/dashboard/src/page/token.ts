import { signal } from '@preact/signals';

const place = 'api-token';

/** API_TOKEN as somebody typed it; in this tab only, and forgotten with it. */
export const token = signal(sessionStorage.getItem(place) ?? '');

interface Asking {
  /** One was given and is not right. */
  readonly again: boolean;
  answer(given: string | null): void;
}

/** What the dialog shows; null while nobody is asked. */
export const asking = signal<Asking | null>(null);

let open: Promise<string | null> | null = null;

/** Asks for the token, once however many calls want it. @returns null when it isn't given */
export function askForToken(again: boolean): Promise<string | null> {
  open ??= new Promise<string | null>((resolve) => {
    asking.value = {
      again,
      answer: (given) => {
        asking.value = null;
        open = null;
        if (given !== null) keepToken(given);
        resolve(given);
      },
    };
  });
  return open;
}

function keepToken(given: string): void {
  token.value = given;
  if (given === '') sessionStorage.removeItem(place);
  else sessionStorage.setItem(place, given);
}
