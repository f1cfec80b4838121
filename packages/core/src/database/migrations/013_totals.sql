-- What ended jobs add up to, kept where it outlives their rows: the exporter's counters and histograms, the
-- roll-up's totals and the trials of a pair come from here, so that old job rows can be deleted and nobody
-- adds up a million of them.
--
-- A trigger adds each job as it ends, whoever ends it, by-hand SQL included; it needs nothing of whoever
-- deletes rows. Rows, by name:
--   ended             by strategy, symbol of the job, label: its outcome. count ever, sum: seconds of their
--   last attempts
--   kept              by strategy, label: status. count of the rows that are still in ml_training_jobs
--   wait_seconds      by strategy, le. From a job made to its last start
--   duration_seconds  by strategy, le. Of the last attempt
--   stage_seconds     by strategy, label: stage, le. Of completed jobs le is the upper bound of the
--   histogram's bucket that an observation falls into, infinity beyond all; a row counts its own bucket
--   alone, readers add up. Only `kept` ever falls.
CREATE TABLE ml_training_totals (
  name          text             NOT NULL,
  strategy_type text             NOT NULL,
  symbol        text             NOT NULL DEFAULT '',
  label         text             NOT NULL DEFAULT '',
  le            double precision NOT NULL DEFAULT 'Infinity',
  count         bigint           NOT NULL,
  sum           double precision NOT NULL DEFAULT 0,
  PRIMARY KEY (name, strategy_type, symbol, label, le)
) WITH (fillfactor = 50); -- Room for new versions of a row beside the old one, without an index entry.

-- What an ended job adds. Bounds from a second to the guide's longest time-out of two hours. (Its fields one
-- by one: given a whole row PostgreSQL 17 can't plan the query over all of them, "variable not found in
-- subplan target list".)
CREATE FUNCTION ml_training_observed(status text, of_symbol text, made timestamptz, started timestamptz,
  ended timestamptz, stages jsonb)
RETURNS TABLE (name text, symbol text, label text, le double precision,
  seconds double precision) LANGUAGE sql STABLE AS $$
  SELECT 'ended', of_symbol, status, 'Infinity'::float8, coalesce(extract(epoch FROM ended - started),
    0)::float8
  UNION ALL
  SELECT o.name, '', o.label,
         CASE WHEN seconds <= 1 THEN 1 WHEN seconds <= 2 THEN 2 WHEN seconds <= 5 THEN 5
           WHEN seconds <= 10 THEN 10
              WHEN seconds <= 30 THEN 30 WHEN seconds <= 60 THEN 60 WHEN seconds <= 120 THEN 120
                WHEN seconds <= 300 THEN 300
              WHEN seconds <= 600 THEN 600 WHEN seconds <= 1800 THEN 1800 WHEN seconds <= 3600 THEN 3600
              WHEN seconds <= 7200 THEN 7200 ELSE 'Infinity'::float8 END,
         seconds
  FROM (
    SELECT 'wait_seconds', '', extract(epoch FROM started - made)::float8 WHERE status IN ('completed',
      'failed')
    UNION ALL
    SELECT 'duration_seconds', '', extract(epoch FROM ended - started)::float8 WHERE status IN ('completed',
      'failed')
    UNION ALL
    SELECT 'stage_seconds', stage.key, CASE
      WHEN jsonb_typeof(stage.value) = 'number' THEN stage.value::float8 END
    FROM jsonb_each(CASE WHEN jsonb_typeof(stages) = 'object' THEN stages END) stage
      WHERE status = 'completed'
  ) o (name, label, seconds)
  WHERE seconds IS NOT NULL
$$;

CREATE FUNCTION ml_training_count_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  over CONSTANT text[] := ARRAY['completed', 'failed', 'cancelled'];
BEGIN
  -- One at a time. The triggers are deferred to the end of their transaction, which then takes no other lock:
  -- who waits here can't hold what somebody here waits for.
  PERFORM pg_advisory_xact_lock(hashtext('ml_training_totals'));
  IF TG_OP <> 'INSERT' AND OLD.status = ANY (over) THEN
    UPDATE ml_training_totals SET count = count - 1
    WHERE name = 'kept' AND strategy_type = OLD.strategy_type AND symbol = '' AND label = OLD.status
      AND le = 'Infinity';
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.status = ANY (over) THEN
    INSERT INTO ml_training_totals AS t (name, strategy_type, symbol, label, le, count, sum)
    SELECT o.name, NEW.strategy_type, o.symbol, o.label, o.le, 1, o.seconds 
    FROM ml_training_observed(NEW.status, NEW.symbol, NEW.created_at, NEW.started_at, NEW.completed_at,
                              NEW.result -> 'stage_seconds') o
    UNION ALL
    SELECT 'kept', NEW.strategy_type, '', NEW.status, 'Infinity', 1, 0
    ON CONFLICT (name, strategy_type, symbol, label, le)
      DO UPDATE SET count = t.count + excluded.count, sum = t.sum + excluded.sum;
  END IF;
  RETURN NULL;
END
$$;

-- Whoever empties the whole table begins anew; old rows go by DELETE.
CREATE FUNCTION ml_training_forget_totals() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM ml_training_totals;
  RETURN NULL;
END
$$;

-- What has ended so far, in two passes. The first takes some twenty seconds a million jobs, in which fleets
-- of before may go on; the second adds those that have ended meanwhile, found among the jobs that were open
-- and those that are new. From its lock to the triggers, some milliseconds, nobody ends one. Reading always
-- goes on.
CREATE TEMPORARY TABLE seen (job_id uuid PRIMARY KEY, open boolean NOT NULL) ON COMMIT DROP;
CREATE TEMPORARY TABLE ended ON COMMIT DROP AS
  SELECT job_id, strategy_type, symbol, status, created_at, started_at, completed_at,
    result -> 'stage_seconds' AS stages
  FROM ml_training_jobs LIMIT 0;
DO $$
BEGIN
  FOR pass IN 1..2 LOOP
    IF pass = 1 THEN
      WITH noted AS (
        INSERT INTO seen SELECT job_id, status IN ('queued', 'running') FROM ml_training_jobs
        WHERE status IN ('queued', 'running') OR created_at > now() - interval '1 hour'
      )
      INSERT INTO ended
      SELECT job_id, strategy_type, symbol, status, created_at, started_at, completed_at,
        result -> 'stage_seconds'
      FROM ml_training_jobs WHERE status IN ('completed', 'failed', 'cancelled');
    ELSE
      TRUNCATE ended;
      LOCK TABLE ml_training_jobs IN SHARE ROW EXCLUSIVE MODE;
      INSERT INTO ended
      SELECT job_id, strategy_type, symbol, status, created_at, started_at, completed_at,
        result -> 'stage_seconds'
      FROM ml_training_jobs JOIN seen USING (job_id) WHERE open AND status IN ('completed', 'failed',
        'cancelled')
      UNION ALL
      SELECT job_id, strategy_type, symbol, status, created_at, started_at, completed_at,
        result -> 'stage_seconds'
      FROM ml_training_jobs j
      WHERE created_at > now() - interval '1 hour' AND status IN ('completed', 'failed', 'cancelled')
        AND NOT EXISTS (SELECT FROM seen s WHERE s.job_id = j.job_id);
    END IF;
    INSERT INTO ml_training_totals AS t (name, strategy_type, symbol, label, le, count, sum)
    SELECT o.name, e.strategy_type, o.symbol, o.label, o.le, count(*), sum(o.seconds)
    FROM ended e, ml_training_observed(status, e.symbol, created_at, started_at, completed_at, stages) o
    GROUP BY o.name, e.strategy_type, o.symbol, o.label, o.le
    UNION ALL
    SELECT 'kept', strategy_type, '', status, 'Infinity', count(*), 0 FROM ended GROUP BY strategy_type,
      status
    ON CONFLICT (name, strategy_type, symbol, label, le)
      DO UPDATE SET count = t.count + excluded.count, sum = t.sum + excluded.sum;
  END LOOP;
END
$$;

CREATE CONSTRAINT TRIGGER ml_training_jobs_inserted AFTER INSERT ON ml_training_jobs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.status IN ('completed', 'failed', 'cancelled'))
  EXECUTE FUNCTION ml_training_count_ended();
CREATE CONSTRAINT TRIGGER ml_training_jobs_updated AFTER UPDATE ON ml_training_jobs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND (OLD.status IN ('completed', 'failed', 'cancelled')
                                      OR NEW.status IN ('completed', 'failed', 'cancelled')))
  EXECUTE FUNCTION ml_training_count_ended();
CREATE CONSTRAINT TRIGGER ml_training_jobs_deleted AFTER DELETE ON ml_training_jobs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD.status IN ('completed', 'failed', 'cancelled'))
  EXECUTE FUNCTION ml_training_count_ended();
CREATE TRIGGER ml_training_jobs_truncated AFTER TRUNCATE ON ml_training_jobs
  EXECUTE FUNCTION ml_training_forget_totals();
