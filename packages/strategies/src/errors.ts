/**
 * Codes a caller can act on; `retryable` is false for all: the same bars and params fail the same way again.
 */
export type StrategyErrorCode =
  | 'TOO_FEW_BARS'
  | 'INVALID_BARS'
  | 'INVALID_PARAMS'
  | 'INVALID_MODEL'
  | 'DIVERGED'
  | 'LEAK'
  /** The user's own strategy is missing, wrong, or fails. */
  | 'INVALID_STRATEGY';

/** A failure of a strategy that the same input would bring again. */
export class StrategyError extends Error {
  readonly code: StrategyErrorCode;
  readonly retryable = false;

  constructor(code: StrategyErrorCode, message: string) {
    super(message);
    this.name = 'StrategyError';
    this.code = code;
  }
}
