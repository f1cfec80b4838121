-- In which order a run's jobs are to be trained: 1 is pushed first. So a queue that was lost is rebuilt as it
-- was. Null for jobs of no run, and of before.
ALTER TABLE ml_training_jobs ADD COLUMN IF NOT EXISTS place integer;

-- What a scheduled run was expected to take, by the durations of the last trainings: when the last of its
-- jobs ends, and when the next run is due. Null where nothing was measured, and for runs of before.
ALTER TABLE ml_training_runs ADD COLUMN IF NOT EXISTS expected_end timestamptz;
ALTER TABLE ml_training_runs ADD COLUMN IF NOT EXISTS next_tick timestamptz;
