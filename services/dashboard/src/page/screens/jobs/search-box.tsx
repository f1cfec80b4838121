import { ALL_SYMBOLS } from '@ml-training/sdk';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { call } from '../../api.ts';
import { completed, suggestions, type Choices } from './filter.ts';

/** Codes that jobs end with most; any other can be typed. */
const errors = [
  'CANCELLED',
  'DATABASE_UNAVAILABLE',
  'DISK_FULL',
  'DIVERGED',
  'INVALID_BARS',
  'INVALID_PARAMS',
  'JOB_TIMEOUT',
  'LEAK',
  'TOO_FEW_BARS',
  'TRAINER_DIED',
  'TRAINING_DIED',
  'TRAINING_FAILED',
];

/** Symbols that begin so, asked for while they are typed: there may be thousands. */
function useSymbols(words: string): readonly string[] {
  const [symbols, setSymbols] = useState<readonly string[]>([]);
  const start = /(?:^|\s)(?:symbol:)?(?:"([^"]*)|([^\s:"]*))$/.exec(words)?.slice(1).find(Boolean) ?? '';
  useEffect(() => {
    const asked = new AbortController();
    const timer = setTimeout(() => {
      call('GET /api/symbols', {
        query: { limit: 8, ...(start === '' ? {} : { q: start }) },
        signal: asked.signal,
      }).then(
        ({ items }) => setSymbols(items.map(({ symbol }) => symbol)),
        () => undefined,
      );
    }, 150);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [start]);
  return [ALL_SYMBOLS, ...symbols];
}

interface SearchBoxProps {
  readonly words: string;
  /** Those that there are; null while that isn't known. */
  readonly strategies: readonly string[] | null;
  /**
   * A word was chosen or is whole: after a space, Enter, or when the field is left. Half a word finds
   * nothing.
   */
  readonly onChange: (words: string) => void;
}

/** Words to filter by, with suggestions: arrows choose, Enter or Tab takes one, Escape closes. */
export function SearchBox({ words: given, strategies, onChange }: SearchBoxProps) {
  const [words, setWords] = useState(given);
  const sent = useRef(given);
  // By Back, or a link. What was sent from here comes back a moment later, when more has been typed.
  useEffect(() => {
    if (given === sent.current) return;
    sent.current = given;
    setWords(given);
  }, [given]);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  const list = useId();
  const choices: Choices = { symbols: useSymbols(words), errors, strategies };
  const offered = open ? suggestions(words, choices) : [];
  const send = (next: string): void => {
    if (next.trim() === sent.current) return;
    sent.current = next.trim();
    onChange(next.trim());
  };
  const take = (word: string): void => {
    setChosen(-1);
    const next = completed(words, word);
    setWords(next);
    if (next.endsWith(' ')) send(next);
    field.current?.focus();
  };
  return (
    <div class="job-search">
      <input
        ref={field}
        type="search"
        role="combobox"
        list={undefined}
        aria-label="Filter"
        aria-expanded={offered.length > 0}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={chosen >= 0 ? `${list}-${chosen}` : undefined}
        placeholder="status:failed symbol:GOOG"
        autocomplete="off"
        spellcheck={false}
        value={words}
        data-search
        onFocus={() => setOpen(true)}
        onBlur={() => {
          setOpen(false);
          send(words);
        }}
        onInput={(event) => {
          setOpen(true);
          setChosen(-1);
          const next = event.currentTarget.value;
          setWords(next);
          if (next === '' || /\s$/.test(next)) send(next);
        }}
        onKeyDown={(event) => {
          const { key } = event;
          if (key === 'ArrowDown' || key === 'ArrowUp') {
            const step = key === 'ArrowDown' ? 1 : -1;
            if (offered.length > 0)
              setChosen((chosen + step + offered.length + (chosen < 0 && step < 0 ? 1 : 0)) % offered.length);
            setOpen(true);
            event.preventDefault();
          } else if ((key === 'Enter' || key === 'Tab') && offered[chosen] !== undefined) {
            take(offered[chosen]);
            event.preventDefault();
          } else if (key === 'Enter') {
            setOpen(false);
            send(words);
          } else if (key === 'Escape') {
            if (offered.length > 0) event.preventDefault();
            setOpen(false);
            setChosen(-1);
          }
        }}
      />
      <ul id={list} role="listbox" aria-label="Suggestions" hidden={offered.length === 0}>
        {offered.map((word, i) => (
          <li
            key={word}
            id={`${list}-${i}`}
            role="option"
            aria-selected={i === chosen}
            // Before the field loses the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              take(word);
            }}
          >
            {word}
          </li>
        ))}
      </ul>
    </div>
  );
}
