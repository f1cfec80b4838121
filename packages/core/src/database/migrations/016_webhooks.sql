-- What is posted to WEBHOOK_URL: an event is written in the transaction of what it tells of, so none is lost
-- and none is told that never happened; a scheduler posts it and notes what came of it.
CREATE TABLE ml_training_webhooks (
  -- The header webhook-id, the same at every try: by it a receiver knows a repeat.
  webhook_id   uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  nr           bigint      GENERATED ALWAYS AS IDENTITY,
  type         text        NOT NULL,
  -- json, not jsonb: people read it, in the order that it was written in.
  data         json        NOT NULL,
  -- What may be found again and must be told once only; null where the event's own transaction sees to that.
  about        text,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  next_try_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Tries that are over.
  tries        integer     NOT NULL DEFAULT 0,
  -- Of the process that tries it now, until next_try_at.
  claim        uuid,
  last_error   text,
  delivered_at timestamptz,
  given_up_at  timestamptz
);
CREATE UNIQUE INDEX ml_training_webhooks_once ON ml_training_webhooks (type, about) WHERE about IS NOT NULL;
CREATE INDEX ml_training_webhooks_pending ON ml_training_webhooks (next_try_at, nr)
  WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX ml_training_webhooks_made ON ml_training_webhooks (made_at);

-- One row. Where nobody wants events none is written, so that nothing piles up, and nothing old is posted
-- once somebody does.
CREATE TABLE ml_training_webhook_state (
  only_one     boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
  wanted       boolean     NOT NULL DEFAULT false,
  -- When that began; what was overdue before is nobody's.
  wanted_since timestamptz,
  -- Ever; they outlive the rows.
  delivered    bigint      NOT NULL DEFAULT 0,
  failed_tries bigint      NOT NULL DEFAULT 0,
  given_up     bigint      NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
INSERT INTO ml_training_webhook_state DEFAULT VALUES;

-- Whoever ends the job: its trainer, whoever finds its lease over, SQL by hand. Here whole, as a trigger must
-- never lack its function.
CREATE FUNCTION ml_training_tell_failed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ml_training_webhooks (type, data)
  SELECT 'job.failed', json_build_object(
    'job_id', NEW.job_id, 'run_id', NEW.run_id, 'strategy_type', NEW.strategy_type, 'symbol', NEW.symbol,
    'trigger', NEW.trigger, 'attempt', NEW.attempt, 'max_attempts', NEW.max_attempts, 'trainer_id',
      NEW.trainer_id,
    'created_at', NEW.created_at, 'started_at', NEW.started_at, 'error_code', NEW.error_code,
    'error_message', left(NEW.error_message, 4000))
  WHERE EXISTS (SELECT FROM ml_training_webhook_state WHERE wanted);
  RETURN NULL;
END
$$;
CREATE TRIGGER ml_training_jobs_failed_at_once AFTER INSERT ON ml_training_jobs
  FOR EACH ROW WHEN (NEW.status = 'failed') EXECUTE FUNCTION ml_training_tell_failed();
CREATE TRIGGER ml_training_jobs_failed AFTER UPDATE ON ml_training_jobs
  FOR EACH ROW WHEN (NEW.status = 'failed'
    AND OLD.status <> 'failed') EXECUTE FUNCTION ml_training_tell_failed();
