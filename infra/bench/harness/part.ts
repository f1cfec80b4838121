import type { Outcome } from './result.ts';

/** What a part is given. */
export interface PartContext {
  /** Measurements of each contender: 5 for figures that are to be believed, 1 to see that it works. */
  readonly turns: number;
  /** A folder of the part's own, empty. */
  readonly folder: string;
  /** One line for whoever waits. */
  readonly say: (line: string) => void;
}

/** One thing that is measured. */
export interface Part {
  readonly name: string;
  readonly title: string;
  /** What is measured and how, in a few sentences. */
  readonly about: string;
  readonly run: (context: PartContext) => Promise<Outcome>;
}
