-- A job whose lease is over goes back to the queue, or fails when it has no attempt left. Counted here, as
-- whoever claims a job recovers first. A row that somebody else is writing is left to them, or to the next
-- call.
CREATE FUNCTION ml_training_recover() RETURNS SETOF ml_training_jobs LANGUAGE sql AS $$
  WITH recovered AS (
    UPDATE ml_training_jobs SET
      status           = CASE WHEN attempt < max_attempts THEN 'queued' ELSE 'failed' END,
      completed_at     = CASE WHEN attempt < max_attempts THEN NULL ELSE now() END,
      retry_at         = NULL,
      lease_token      = NULL,
      lease_expires_at = NULL,
      stage            = NULL,
      error_code       = 'TRAINER_DIED',
      error_message    = format('trainer %s stopped renewing its lease during attempt %s of %s (killed, out of '
                           'memory, or cut off from the database); see its log around %s',
                           trainer_id, attempt, max_attempts, to_char(lease_expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    -- An array, not IN: a join, planned by statistics from before a large run, looked through all jobs once for
    -- each that runs.
    WHERE job_id = ANY (ARRAY(
      SELECT job_id FROM ml_training_jobs WHERE status = 'running' AND lease_expires_at <= now()
      FOR UPDATE SKIP LOCKED))
    RETURNING *
  ), counted AS (
    INSERT INTO ml_training_recoveries (reason, count)
    SELECT 'lease_over', count(*) FROM recovered HAVING count(*) > 0
    ON CONFLICT (reason) DO UPDATE SET count = ml_training_recoveries.count + excluded.count
  )
  SELECT * FROM recovered
$$;
