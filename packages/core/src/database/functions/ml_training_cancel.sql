-- Ends a job that is wanted no more; `was` is its status before. Outcomes: cancelled; already (cancelled
-- before, also by the call whose answer got lost); ended (completed or failed: nothing is changed); missing
-- (no such row). A running job's lease is over at once: whatever its trainer still writes under its token
-- matches no row, so it can neither complete the job nor register a model. Its training process lives until
-- the trainer hears of it, at the next renewal; the place it takes is kept until then (stopping_until), or
-- until the lease would have ended.
CREATE FUNCTION ml_training_cancel(job uuid) RETURNS TABLE (outcome text, was text) LANGUAGE plpgsql AS $$
DECLARE
  row ml_training_jobs;
BEGIN
  SELECT * INTO row FROM ml_training_jobs WHERE job_id = job FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'missing', NULL;
  ELSIF row.status = 'cancelled' THEN
    RETURN QUERY SELECT 'already', row.status;
  ELSIF row.status NOT IN ('queued', 'running') THEN
    RETURN QUERY SELECT 'ended', row.status;
  ELSE
    UPDATE ml_training_jobs SET
      status           = 'cancelled',
      -- Not now(), when the transaction began: the claim that it waited for came first.
      completed_at     = clock_timestamp(),
      stopping_until   = CASE WHEN row.status = 'running' THEN row.lease_expires_at END,
      lease_expires_at = NULL,
      retry_at         = NULL,
      stage            = NULL,
      error_code       = 'CANCELLED',
      error_message    = 'cancelled on request ' || CASE
        WHEN row.status = 'running' THEN
          format('during attempt %s of %s, at %s %%', row.attempt, row.max_attempts,
            round(100 * row.progress))
        WHEN row.error_code IS NULL THEN 'while it waited in the queue'
        ELSE format('while it waited for another attempt after %s: %s', row.error_code, row.error_message) END
    WHERE job_id = job;
    RETURN QUERY SELECT 'cancelled', row.status;
  END IF;
END
$$;
