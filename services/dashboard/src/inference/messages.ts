import type { Bars, ModelsPlace, RegisteredModel } from '@ml-training/core';
import type { Explanation } from '@ml-training/inference';
import type { Needs } from '@ml-training/sdk';

/** What of a registered model it takes to load it. */
export type ModelRow = Pick<RegisteredModel, 'model_id' | 'file_path' | 'sha256' | 'size_bytes'>;

/** What the process is asked: to load a model, and with bars also what it says of them. One at a time. */
export interface Question {
  readonly models: ModelsPlace;
  /** Where the code of the user's own strategies is. */
  readonly strategiesDir: string;
  readonly model: ModelRow;
  readonly holding: -1 | 0 | 1;
  /** Whether it is to say why, too. */
  readonly explain: boolean;
  /** Asked for with the number of bars that the loaded model looks at; null: it is only to be loaded. */
  readonly predict: boolean;
}

/** Null: they can't be had, so there is no answer to wait for. */
export interface Given {
  readonly bars: Bars | null;
}

export type Reply =
  | { readonly kind: 'loaded' }
  /** Send the newest bars of the model's symbol, so many, and what it looks at besides. */
  | {
      readonly kind: 'bars';
      readonly symbol: string;
      readonly window: number;
      readonly horizon: number;
      readonly needs?: Needs | undefined;
    }
  | {
      readonly kind: 'answer';
      readonly probability: number | null;
      readonly probabilities: Readonly<Record<string, number>> | null;
      readonly score: number;
      readonly says: string;
      readonly action: 'short' | 'flat' | 'long';
      readonly position: -1 | 0 | 1;
      readonly time: string;
      /** Null where it was not asked for. */
      readonly explanation: Explanation | null;
    }
  | {
      readonly kind: 'failed';
      /** native: no model can be loaded here; strategy: the code of one of the user's own fails. */
      readonly about: 'native' | 'model' | 'bars' | 'strategy';
      readonly code: string | null;
      readonly message: string;
    };
