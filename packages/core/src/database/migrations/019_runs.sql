-- The history of runs, read a page at a time however many jobs a run has: what came of a run is noted when it
-- finishes, what it left out when it is made.

-- {status: count} of its jobs, since the last of them ended. Null while it is not finished, for runs that
-- were finished by a fleet of before, and for those of which a job was opened again: these are counted when
-- they are asked for.
ALTER TABLE ml_training_runs ADD COLUMN outcome jsonb;
-- `skipped` in a few lines: [{reason, count, names}]. Null for runs of before: summed up when they are asked
-- for.
ALTER TABLE ml_training_runs ADD COLUMN skipped_summary jsonb;

-- The jobs of a run by what became of them, a page at a time.
CREATE INDEX ml_training_jobs_of_run ON ml_training_jobs (run_id, status, strategy_type, symbol);

-- Nothing of the fleet opens a job of a finished run again; somebody's own SQL may.
CREATE FUNCTION ml_training_forget_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ml_training_runs SET outcome = NULL WHERE run_id = NEW.run_id;
  RETURN NULL;
END
$$;
CREATE TRIGGER ml_training_jobs_reopened AFTER UPDATE ON ml_training_jobs
  FOR EACH ROW WHEN (OLD.status IN ('completed', 'failed', 'cancelled') AND OLD.status <> NEW.status)
  EXECUTE FUNCTION ml_training_forget_outcome();
