/**
 * Whether an error is one of the operating system's, by its names: ENOENT, ENOSPC… Holds for errors of any
 * realm.
 */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    codes.some((code) => code === error.code)
  );
}
