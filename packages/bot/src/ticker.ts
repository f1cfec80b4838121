import { inspect } from 'node:util';
import {
  FleetError,
  builtInTypes,
  isStrategyName,
  isSymbol,
  loadPlaces,
  pairOfWish,
  symbolRefusal,
  type Pair,
  type StrategyType,
} from '@ml-training/core';
import { keepWishes } from './wishes.ts';

export interface TickerOptions {
  /** What to train; several are asked for at the same ticks. */
  readonly strategy: StrategyType | readonly StrategyType[];
  /** Ticks of a symbol from one training to the next, 1 or more. */
  readonly retrainFrequency: number;
  /** Default: REDIS_URL of the environment, else redis://redis:6379. */
  readonly redisUrl?: string;
  /** While so many entries wait in the queue, wishes wait in the bot: 1 to 10,000; default 100. */
  readonly maxQueueLength?: number;
  /**
   * Something keeps wishes from the queue, and they wait: Redis out of reach, a long queue. Told once, not at
   * every try. Default: a warning of the process.
   */
  readonly onError?: (error: Error) => void;
}

export interface Ticker {
  /**
   * Counts a tick of a symbol, and asks for a training at every `retrainFrequency`-th. Never waits, and what
   * is out of reach meanwhile hears of it later.
   * @returns whether this tick asked
   * @throws FleetError SYMBOL_INVALID
   */
  readonly onTick: (symbol: string) => boolean;
  /** Asks for a training now, whatever the count. @throws FleetError SYMBOL_INVALID */
  readonly train: (symbol: string) => void;
  /** What was asked for and is not in the queue yet. */
  readonly waiting: readonly Pair[];
  /**
   * Sends what waits, tells onError what could not be sent in `waitMs`
   * (default 5000), and leaves nothing open. Later ticks do nothing.
   */
  readonly close: (waitMs?: number) => Promise<void>;
}

/** Far more than a bot has; a symbol that is made up at each tick must not fill the memory. */
const mostSymbols = 100_000;

/**
 * Trainings by ticks. A training that waits or runs already serves the wish: nothing is asked for twice.
 * @throws FleetError CONFIG_INVALID
 */
export function createTicker(options: TickerOptions): Ticker {
  const { retrainFrequency, maxQueueLength = 100 } = options;
  const { onError = (error: Error) => process.emitWarning(error) } = options;
  const strategies = [options.strategy].flat();
  check('strategy', options.strategy, strategies.length > 0 && strategies.every(isStrategyName), oneOf);
  check(
    'retrainFrequency',
    retrainFrequency,
    isCount(retrainFrequency),
    'a whole number of ticks, 1 or more',
  );
  const limited = isCount(maxQueueLength) && maxQueueLength <= 10_000;
  check('maxQueueLength', maxQueueLength, limited, 'a whole number from 1 to 10,000');
  const { REDIS_URL } = loadPlaces({ REDIS_URL: options.redisUrl });

  const wishes = keepWishes(REDIS_URL, maxQueueLength, onError);
  const ticks = new Map<string, number>();
  let closed = false;
  const ask = (symbol: string): void => {
    if (!closed) for (const strategy of strategies) wishes.add(pairOfWish(strategy, symbol));
  };

  return {
    onTick: (symbol) => {
      const before = ticks.get(symbol) ?? admit(symbol, ticks.size);
      const count = (before + 1) % retrainFrequency;
      ticks.set(symbol, count);
      if (count !== 0 || closed) return false;
      ask(symbol);
      return true;
    },
    train: (symbol) => {
      admit(symbol, 0);
      ask(symbol);
    },
    get waiting() {
      return wishes.waiting();
    },
    close: async (waitMs = 5000) => {
      if (closed) return;
      closed = true;
      await wishes.close(waitMs);
    },
  };
}

const oneOf = `one of ${builtInTypes.join(', ')} or a strategy of your own, or several of them as an array`;
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

function check(name: string, value: unknown, right: boolean, allowed: string): void {
  if (right) return;
  throw new FleetError('CONFIG_INVALID', `${name} is ${inspect(value)}, but must be ${allowed}`);
}

/** The ticks of a symbol that had none so far: 0. */
function admit(symbol: unknown, known: number): 0 {
  if (!isSymbol(symbol))
    throw new FleetError(
      'SYMBOL_INVALID',
      typeof symbol === 'string'
        ? `no symbol: ${symbolRefusal(symbol)}`
        : `${inspect(symbol)} is no symbol: pass a text such as AAPL or BTC/USD`,
    );
  if (known >= mostSymbols)
    throw new FleetError(
      'SYMBOL_INVALID',
      `${symbol} is symbol number ${mostSymbols + 1} of this bot: pass the symbol alone, not one that is new at each tick`,
    );
  return 0;
}
