import { FleetError } from '../../errors.ts';

/** What servers call a store that is full or at its quota. */
const full = /StorageFull|QuotaExceeded|InsufficientStorage|StorageLimit/i;

interface Told {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** By shape, not by class: some errors are the SDK's, some the operating system's. */
function told(error: unknown): Told {
  const {
    name = '',
    message = '',
    code,
    $metadata,
  } = error as {
    readonly name?: string;
    readonly message?: string;
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  // A refused connection to several addresses has no message of its own.
  const words = [message, code].filter((one) => one !== undefined && one !== '')[0];
  return { name, message: words ?? name, status: $metadata?.httpStatusCode };
}

export const isMissing = (error: unknown): boolean => {
  const { name, status } = told(error);
  return status === 404 && name !== 'NoSuchBucket';
};

/** Of a conditional write: somebody has written there. */
export const isTaken = (error: unknown): boolean => told(error).status === 412;

/** Of a conditional write: somebody is writing there; the same may be tried again. */
export const isBusy = (error: unknown): boolean => told(error).status === 409;

/**
 * What an S3-compatible server says, in the fleet's words.
 * @param what was to be done, as "writing lstm/AAPL/model_….pkl"
 */
export function inOurWords(error: unknown, what: string, store: string): FleetError {
  if (error instanceof FleetError) return error;
  const { name, message, status } = told(error);
  const words = message === 'UnknownError' || message === '' ? `status ${status ?? 'unknown'}` : message;
  const fail = (code: 'DISK_FULL' | 'MODEL_STORE_REFUSED' | 'MODEL_STORE_UNAVAILABLE', advice: string) =>
    new FleetError(code, `${what} in ${store} (MODEL_STORE) failed: ${words}; ${advice}`, {
      cause: error as Error,
    });
  if (status === 507 || full.test(name))
    return fail(
      'DISK_FULL',
      'free some space or quota there, or lower MODEL_RETENTION_DAYS or MODEL_KEEP_LAST',
    );
  if (name === 'NoSuchBucket') return fail('MODEL_STORE_REFUSED', 'make the bucket, or correct MODEL_STORE');
  if (/Credentials|Token/.test(name) || status === 401 || status === 403)
    return fail(
      'MODEL_STORE_REFUSED',
      'give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role, that may read, write, list and delete there',
    );
  const lasting = status !== undefined && status >= 300 && status < 500 && ![408, 409, 429].includes(status);
  if (lasting || status === 501)
    return fail('MODEL_STORE_REFUSED', 'see AWS_ENDPOINT_URL_S3, AWS_REGION and MODEL_STORE');
  return fail(
    'MODEL_STORE_UNAVAILABLE',
    status === undefined
      ? 'see that the server at AWS_ENDPOINT_URL_S3 answers'
      : 'see the log of the server at AWS_ENDPOINT_URL_S3: it may be full, starting or overloaded',
  );
}
