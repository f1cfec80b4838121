-- The steps of the job protocol that take more than one statement. As functions they are one round trip and one
-- transaction each, whatever happens to the connection, and every statement inside sees what the lock let through.

-- A job whose lease is over goes back to the queue, or fails when it has no attempt left. Counted here, as whoever
-- claims a job recovers first. A row that somebody else is writing is left to them, or to the next call.
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
      error_message    = format('trainer %s stopped renewing its lease during attempt %s of %s (killed, out of memory, '
                           'or cut off from the database); see its log around %s',
                           trainer_id, attempt, max_attempts, to_char(lease_expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
    WHERE job_id IN (
      SELECT job_id FROM ml_training_jobs WHERE status = 'running' AND lease_expires_at <= now()
      FOR UPDATE SKIP LOCKED)
    RETURNING *
  ), counted AS (
    INSERT INTO ml_training_recoveries (reason, count)
    SELECT 'lease_over', count(*) FROM recovered HAVING count(*) > 0
    ON CONFLICT (reason) DO UPDATE SET count = ml_training_recoveries.count + excluded.count
  )
  SELECT * FROM recovered
$$;

-- Takes a queued job for a trainer, under a token of its making. Outcomes: claimed, also when asked again with the
-- same token; no_room (the maximum runs already); not_due (waits for its retry_at); over (ended, or somebody else's);
-- missing (no such row).
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
      UPDATE ml_training_jobs SET lease_expires_at = now() + lease WHERE job_id = job RETURNING 'claimed', attempt;
  ELSIF row.status <> 'queued' THEN
    RETURN QUERY SELECT 'over', NULL::integer;
  ELSIF row.retry_at > now() THEN
    RETURN QUERY SELECT 'not_due', NULL::integer;
  ELSIF (SELECT count(*) FROM ml_training_jobs WHERE status = 'running') >= max_running THEN
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

-- Ends a job and registers its models in one go. models: [{model_id, symbol, file_path, sha256, size_bytes,
-- parent_model_id, metrics, decision, promote, champion_id, data_from, data_to, data_sha256, params}].
-- A promotion holds against the champion it was judged against only. Answers completed, also when asked again with
-- the same token; lost when somebody else has the lease.
CREATE FUNCTION ml_training_complete(job uuid, token uuid, job_result jsonb, models jsonb)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  owner ml_training_jobs;
  model record;
  active uuid;
  take_over boolean;
BEGIN
  SELECT * INTO owner FROM ml_training_jobs WHERE job_id = job AND lease_token = token FOR UPDATE;
  IF NOT FOUND OR owner.status NOT IN ('running', 'completed') THEN
    RETURN 'lost';
  ELSIF owner.status = 'completed' THEN
    RETURN 'completed';
  END IF;
  FOR model IN SELECT * FROM jsonb_to_recordset(models) AS m (
    model_id uuid, symbol text, file_path text, sha256 text, size_bytes bigint, parent_model_id uuid, metrics jsonb,
    decision text, promote boolean, champion_id uuid, data_from timestamptz, data_to timestamptz, data_sha256 text,
    params jsonb)
  LOOP
    SELECT model_id INTO active FROM ml_model_registry r
      WHERE r.strategy_type = owner.strategy_type AND r.symbol = model.symbol AND r.is_active FOR UPDATE;
    take_over := model.promote AND active IS NOT DISTINCT FROM model.champion_id;
    IF take_over THEN
      UPDATE ml_model_registry SET is_active = false WHERE model_id = active;
    END IF;
    INSERT INTO ml_model_registry (model_id, strategy_type, symbol, is_active, activated_at, file_path, sha256,
      size_bytes, job_id, parent_model_id, metrics, decision, data_from, data_to, data_sha256, params)
    VALUES (model.model_id, owner.strategy_type, model.symbol, take_over, CASE WHEN take_over THEN now() END,
      model.file_path, model.sha256, model.size_bytes, job, model.parent_model_id, model.metrics,
      CASE WHEN model.promote AND NOT take_over
        THEN 'not promoted: another model became active while this one was trained; ' || model.decision
        ELSE model.decision END,
      model.data_from, model.data_to, model.data_sha256, model.params);
  END LOOP;
  UPDATE ml_training_jobs SET status = 'completed', completed_at = now(), progress = 1, stage = NULL,
    lease_expires_at = NULL, error_code = NULL, error_message = NULL, result = job_result
  WHERE job_id = job;
  RETURN 'completed';
END
$$;
