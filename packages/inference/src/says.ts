// What an answer is, in words: of which kind its number is depends on the model's label.
import type { Predictor } from '@ml-training/strategies';

export type SaidLabel = Pick<Predictor['label'], 'task' | 'label'>;

/** What `score` is, whatever its value. */
export function meaningOf({ task, label }: SaidLabel): string {
  switch (task) {
    case 'binary':
      return `probability that ${higher(label.horizon)}`;
    case 'multiclass':
      return "position to be expected, -1 to 1: each class's position by its probability";
    case 'regression':
      return `expected ${unitOf(label)} over the next ${bars(label.horizon)}`;
    case 'policy':
      return 'preference for long over short, 0 to 1; no probability';
  }
}

/** A name and the rest of the line. */
export interface Said {
  readonly name: 'probability' | 'probabilities' | 'expected' | 'preference';
  readonly text: string;
}

interface Answered {
  readonly score: number;
  readonly probabilities: Readonly<Record<string, number>> | null;
}

/** An answer in a line, such as `probability 0.5123 that the next bar closes higher`. */
export function inWords({ task, label }: SaidLabel, { score, probabilities }: Answered): Said {
  switch (task) {
    case 'binary':
      return { name: 'probability', text: `${score.toFixed(4)} that ${higher(label.horizon)}` };
    case 'multiclass': {
      const each = Object.entries(probabilities ?? {}).map(([name, p]) => `${name} ${p.toFixed(4)}`);
      return { name: 'probabilities', text: `${each.join(', ')} within the next ${bars(label.horizon)}` };
    }
    case 'regression':
      return {
        name: 'expected',
        text: `${Number(score.toPrecision(4))}, ${unitOf(label)} over the next ${bars(label.horizon)}`,
      };
    case 'policy':
      return { name: 'preference', text: `${score.toFixed(4)} for long over short, 0 to 1; no probability` };
  }
}

const bars = (count: number): string => (count === 1 ? 'bar' : `${count} bars`);
const higher = (horizon: number): string =>
  horizon === 1 ? 'the next bar closes higher' : `the bar ${horizon} later closes higher`;

/** Which return a regression's label is; of a function of the user's own nobody knows. */
function unitOf(label: SaidLabel['label']): string {
  if (label['of'] === 'log_return') return 'log return';
  return label['of'] === 'return' ? 'return' : 'value of its label';
}
