export type NativeErrorCode =
  | 'TENSORFLOW_MISSING'
  | 'LIGHTGBM_MISSING'
  | 'OPENBLAS_MISSING'
  | 'WHEEL_UNAVAILABLE'
  | 'PLATFORM_UNSUPPORTED'
  | 'LIGHTGBM_FAILED';

/** A native runtime that can't be installed, loaded or used; the message says what to do. */
export class NativeError extends Error {
  override readonly name = 'NativeError';
  readonly code: NativeErrorCode;

  constructor(code: NativeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
