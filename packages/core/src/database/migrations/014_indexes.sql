-- What the fleet asks at a million jobs and 100,000 models, answered from an index. (Each is made while the
-- table can be read but not written: a second or two a million rows.)

-- The newest jobs, of all or of one status; jobs of one run were all made at the same moment.
DROP INDEX ml_training_jobs_created;
CREATE INDEX ml_training_jobs_created ON ml_training_jobs (created_at DESC, strategy_type, symbol);
CREATE INDEX ml_training_jobs_by_status ON ml_training_jobs (status, created_at DESC, strategy_type, symbol);
-- The queue as the rows say it should be, read in pieces without the rows.
CREATE INDEX ml_training_jobs_queued ON ml_training_jobs (created_at, strategy_type, symbol) INCLUDE (job_id,
  retry_at)
  WHERE status = 'queued';

CREATE INDEX ml_training_runs_requested ON ml_training_runs (requested_at);
CREATE INDEX ml_training_runs_unfinished ON ml_training_runs (run_id) WHERE finished_at IS NULL;

-- The newest models; those that were fitted anew.
CREATE INDEX ml_model_registry_created ON ml_model_registry (created_at DESC, strategy_type, symbol);
CREATE INDEX ml_model_registry_full_fits ON ml_model_registry (strategy_type, symbol, created_at DESC)
  WHERE parent_model_id IS NULL;
