import { describe, expect, test } from '@jest/globals';
import { FleetError } from '../errors.ts';
import { failureOf } from './finish.ts';

const coded = (code: string, message = 'said so'): Error => Object.assign(new Error(message), { code });

describe('the infrastructure is at fault', () => {
  test.each([
    ['a refused connection', coded('ECONNREFUSED'), 'DATABASE_UNAVAILABLE'],
    ['a lost connection', coded('CONNECTION_CLOSED'), 'DATABASE_UNAVAILABLE'],
    ['a connection that takes too long', coded('CONNECT_TIMEOUT'), 'DATABASE_UNAVAILABLE'],
    ['a name that is not found', coded('EAI_AGAIN'), 'DATABASE_UNAVAILABLE'],
    ['a statement_timeout', coded('57014'), 'DATABASE_UNAVAILABLE'],
    ['a server that is shut down', coded('57P01'), 'DATABASE_UNAVAILABLE'],
    ['a server that starts', coded('57P03'), 'DATABASE_UNAVAILABLE'],
    ['too many connections', coded('53300'), 'DATABASE_UNAVAILABLE'],
    ['the database\u2019s own full disk', coded('53100'), 'DATABASE_UNAVAILABLE'],
    ['a standby', coded('25006'), 'DATABASE_UNAVAILABLE'],
    ['a deadlock', coded('40P01'), 'DATABASE_UNAVAILABLE'],
    ['a lock that was not to be had', coded('55P03'), 'DATABASE_UNAVAILABLE'],
    ['a full disk', coded('ENOSPC'), 'DISK_FULL'],
    ['a quota', coded('EDQUOT'), 'DISK_FULL'],
    ['too many open files', coded('EMFILE'), 'OUT_OF_RESOURCES'],
    ['a disk that fails', coded('EIO'), 'STORAGE_FAILED'],
    ['a file system gone read-only', coded('EROFS'), 'STORAGE_FAILED'],
    ['a cause', new Error('reading bars', { cause: coded('ECONNRESET') }), 'DATABASE_UNAVAILABLE'],
    [
      'no process to be had',
      new FleetError('TRAINING_FAILED', 'could not be started', { cause: coded('EAGAIN') }),
      'OUT_OF_RESOURCES',
    ],
    ['a registry out of reach', new FleetError('REGISTRY_UNREACHABLE', 'away'), 'REGISTRY_UNREACHABLE'],
    ['no room for a model', new FleetError('DISK_FULL', 'no room'), 'DISK_FULL'],
  ])('for %s', (_, error, code) => {
    expect(failureOf(error)).toMatchObject({ code, retryable: true, infrastructure: true });
  });
});

describe('the infrastructure is not at fault', () => {
  test.each([
    ['what nobody foresaw', new TypeError('x is not a function'), 'TRAINING_FAILED', true],
    ['a missing table', coded('42P01'), 'TRAINING_FAILED', true],
    ['a value that the database refuses', coded('22003'), 'TRAINING_FAILED', true],
    ['a file that is not there', coded('ENOENT'), 'TRAINING_FAILED', true],
    ['a training that was killed', new FleetError('TRAINING_DIED', 'by SIGKILL'), 'TRAINING_DIED', true],
    ['a time-out of the training', new FleetError('JOB_TIMEOUT', 'not done'), 'JOB_TIMEOUT', true],
    [
      'a damaged file, whatever the disk said of it',
      new FleetError('MODEL_FILE_INVALID', "can't be read", { cause: coded('EIO') }),
      'MODEL_FILE_INVALID',
      false,
    ],
    ['a strategy\u2019s own error', Object.assign(coded('LEAK'), { retryable: false }), 'LEAK', false],
    ['a thrown word', 'boom', 'TRAINING_FAILED', true],
  ])('for %s', (_, error, code, retryable) => {
    const failure = failureOf(error);
    expect(failure).toMatchObject({ code, retryable });
    expect(failure.infrastructure ?? false).toBe(false);
  });

  test('for an error that is its own cause', () => {
    const error: Error & { cause?: unknown } = new Error('round and round');
    error.cause = error;
    expect(failureOf(error).code).toBe('TRAINING_FAILED');
  });
});
