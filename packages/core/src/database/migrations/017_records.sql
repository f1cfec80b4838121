-- What a training leaves behind, so that it can be explained afterwards: every attempt of a job, the job's
-- own log lines, and what each model said of its holdout.

-- In the order in which completions of the fleet before, which may go on meanwhile, write to them.
LOCK TABLE ml_model_registry IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE ml_training_jobs IN SHARE ROW EXCLUSIVE MODE;

-- Every start of a job, whether it counted as an attempt or not. Kept by a trigger on ml_training_jobs:
-- whoever starts or ends one, in the same transaction. Of a job that is started over and over the newest 200
-- stay.
CREATE TABLE ml_training_attempts (
  job_id        uuid        NOT NULL REFERENCES ml_training_jobs ON DELETE CASCADE,
  -- From 1 in the order of starts; `attempt` stays the same after one that was postponed or handed back.
  seq           integer     NOT NULL,
  attempt       integer     NOT NULL,
  trainer_id    text,
  -- Since when the job waited, and until when it had to, after a failure: it could start no sooner.
  queued_at     timestamptz NOT NULL,
  due_at        timestamptz,
  started_at    timestamptz NOT NULL,
  -- Null while it runs.
  ended_at      timestamptz,
  outcome       text        CHECK (outcome IN ('completed', 'failed', 'retried', 'postponed', 'handed_back',
    'trainer_died',
                                               'cancelled')),
  error_code    text,
  error_message text,
  PRIMARY KEY (job_id, seq),
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
);

-- Functions of triggers belong to their table, hence here and not among functions/*.sql, which are dropped
-- and made anew.
CREATE FUNCTION ml_training_note_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kept CONSTANT integer := 200;
  last ml_training_attempts;
  ends text;
  own_error boolean;
BEGIN
  SELECT * INTO last FROM ml_training_attempts WHERE job_id = NEW.job_id ORDER BY seq DESC LIMIT 1;
  IF TG_OP = 'UPDATE' AND OLD.status = 'running' THEN
    -- What stands in the row of an error may be of an attempt before.
    own_error := NEW.error_code IS NOT NULL
                 AND ((NEW.error_code, NEW.error_message) IS DISTINCT FROM (OLD.error_code, OLD.error_message)
                      OR NEW.status = 'failed' OR NEW.retry_at IS NOT NULL);
    ends := CASE
      WHEN NEW.status IN ('completed', 'cancelled') THEN NEW.status
      WHEN own_error AND NEW.error_code = 'TRAINER_DIED' THEN 'trainer_died'
      WHEN NEW.status = 'failed' THEN 'failed'
      WHEN NEW.postponed > OLD.postponed THEN 'postponed'
      WHEN NEW.retry_at IS NOT NULL THEN 'retried'
      ELSE 'handed_back' END;
    IF last.ended_at IS NOT NULL OR last.job_id IS NULL THEN
      -- One whose start nobody noted, as triggers were switched off.
      INSERT INTO ml_training_attempts (job_id, seq, attempt, trainer_id, queued_at, started_at)
      VALUES (NEW.job_id, coalesce(last.seq, 0) + 1, OLD.attempt, OLD.trainer_id, coalesce(last.ended_at,
        OLD.created_at),
              coalesce(OLD.started_at, now()))
      RETURNING * INTO last;
    END IF;
    UPDATE ml_training_attempts SET
      ended_at      = now(),
      outcome       = ends,
      error_code    = CASE WHEN own_error AND ends NOT IN ('completed',
        'handed_back') THEN NEW.error_code END,
      error_message = CASE WHEN own_error AND ends NOT IN ('completed',
        'handed_back') THEN left(NEW.error_message, 10000) END
    WHERE job_id = NEW.job_id AND seq = last.seq
    RETURNING * INTO last;
  END IF;
  IF NEW.status = 'running' THEN
    INSERT INTO ml_training_attempts (job_id, seq, attempt, trainer_id, queued_at, due_at, started_at)
    VALUES (NEW.job_id, coalesce(last.seq, 0) + 1, NEW.attempt, NEW.trainer_id, coalesce(last.ended_at,
      NEW.created_at),
            CASE WHEN TG_OP = 'UPDATE' THEN OLD.retry_at END, coalesce(NEW.started_at, now()));
    IF last.seq >= kept THEN
      DELETE FROM ml_training_attempts WHERE job_id = NEW.job_id AND seq <= last.seq + 1 - kept;
    END IF;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER ml_training_jobs_started AFTER INSERT ON ml_training_jobs FOR EACH ROW
  WHEN (NEW.status = 'running')
  EXECUTE FUNCTION ml_training_note_attempt();
-- Renewals of a lease, one a job every few seconds, pass the condition by without a call.
CREATE TRIGGER ml_training_jobs_attempted AFTER UPDATE ON ml_training_jobs FOR EACH ROW
  WHEN ((OLD.status = 'running' OR NEW.status = 'running')
        AND (OLD.status, OLD.lease_token) IS DISTINCT FROM (NEW.status, NEW.lease_token))
  EXECUTE FUNCTION ml_training_note_attempt();

-- Those that run now; the lock lets nobody start or end one unseen.
INSERT INTO ml_training_attempts (job_id, seq, attempt, trainer_id, queued_at, started_at)
SELECT job_id, 1, attempt, trainer_id, created_at, coalesce(started_at, now()) FROM ml_training_jobs
  WHERE status = 'running';

-- The log lines of a job: what its trainer and the training process said of it. The first 100 of a job and
-- the newest 400 stay; a gap in seq says how many went.
CREATE TABLE ml_training_logs (
  job_id  uuid        NOT NULL REFERENCES ml_training_jobs ON DELETE CASCADE,
  seq     integer     NOT NULL,
  at      timestamptz NOT NULL,
  attempt integer     NOT NULL,
  level   text        NOT NULL,
  message text        NOT NULL,
  facts   jsonb       NOT NULL DEFAULT '{}',
  PRIMARY KEY (job_id, seq)
);

-- What a model said of the rows it was judged on, and what came of it: columns of equal length, a row of the
-- holdout each, oldest first. Where a job's holdouts are very long some rows are left out (rows says how many
-- there were), never the last one, nor those between which equity fell most.
CREATE TABLE ml_model_holdouts (
  model_id       uuid               PRIMARY KEY REFERENCES ml_model_registry ON DELETE CASCADE,
  rows           integer            NOT NULL,
  -- Bars from a row to its label; cost of a change of position by one unit, in basis points of the capital.
  horizon        integer            NOT NULL,
  cost_bps       double precision   NOT NULL,
  times          timestamptz[]      NOT NULL,
  closes         double precision[] NOT NULL,
  -- That the close `horizon` bars later is above this bar's; null for what is no number.
  probabilities  double precision[] NOT NULL,
  -- −1 short, 0 flat, 1 long: taken at the row's close and held to the next bar's.
  positions      smallint[]         NOT NULL,
  -- Of that bar, after costs, as a share of the capital.
  returns        double precision[] NOT NULL,
  -- Capital after that bar, 1 before the first row: the model's, and that of who is long throughout and pays
  -- the same costs.
  equity         double precision[] NOT NULL,
  buy_and_hold   double precision[] NOT NULL,
  -- Of all rows: [{from, to, count, predicted, observed}], by tenths of the probability; predicted its mean,
  -- observed the share of rises.
  calibration    jsonb              NOT NULL
);

-- The direct children of a model.
CREATE INDEX ml_model_registry_children ON ml_model_registry (parent_model_id, created_at DESC)
  WHERE parent_model_id IS NOT NULL;
