-- The steps of the job protocol that take more than one statement are functions, one a file: one round trip
-- and one transaction each, whatever happens to the connection, and every statement inside sees what the lock
-- let through.

-- Takes a queued job for a trainer, under a token of its making. Outcomes: claimed, also when asked again
-- with the same token; no_room (the maximum runs already); not_due (waits for its retry_at); over (ended, or
-- somebody else's); missing (no such row).
CREATE FUNCTION ml_training_claim(job uuid, trainer text, token uuid, max_running integer, lease interval)
RETURNS TABLE (outcome text, attempt integer) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  row ml_training_jobs;
BEGIN
  -- One claim at a time over all trainers: otherwise two could both see the last free place.
  PERFORM pg_advisory_xact_lock(hashtext('ml_training_claim'));
  PERFORM ml_training_recover();
  SELECT * INTO row FROM ml_training_jobs WHERE job_id = job FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'missing', NULL::integer;
  ELSIF row.status = 'running' AND row.lease_token = token THEN
    RETURN QUERY
      UPDATE ml_training_jobs SET lease_expires_at = now() + lease WHERE job_id = job RETURNING 'claimed',
        attempt;
  ELSIF row.status <> 'queued' THEN
    RETURN QUERY SELECT 'over', NULL::integer;
  ELSIF row.retry_at > now() THEN
    RETURN QUERY SELECT 'not_due', NULL::integer;
  ELSIF (SELECT count(*) FROM ml_training_jobs WHERE status = 'running')
      -- Cancelled, but not known to have stopped.
      + (SELECT count(*) FROM ml_training_jobs WHERE stopping_until > now()) >= max_running THEN
    RETURN QUERY SELECT 'no_room', NULL::integer;
  ELSE
    RETURN QUERY
      UPDATE ml_training_jobs SET
        status = 'running', attempt = row.attempt + 1, trainer_id = trainer, started_at = now(), progress = 0,
        stage = NULL, retry_at = NULL, lease_token = token, lease_expires_at = now() + lease
      WHERE job_id = job
      RETURNING 'claimed', attempt;
  END IF;
END
$$;
