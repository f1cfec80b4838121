-- What runs, which each claim counts under the lock that all claims share. As small as what runs, so that it is
-- used also where statistics are older than a large run: then each claim read every waiting job, twice. Of no
-- column that a renewal writes, or each would write to every index.
CREATE INDEX IF NOT EXISTS ml_training_jobs_running ON ml_training_jobs (job_id) WHERE status = 'running';

-- What waits, in the order in which it is to be trained, page after page: a run's place is part of it since 034,
-- and without it in the index each page of a thousand jobs read and sorted all that wait.
CREATE INDEX IF NOT EXISTS ml_training_jobs_waiting ON ml_training_jobs (created_at, (coalesce(place, 0)), strategy_type, symbol)
  INCLUDE (job_id, retry_at) WHERE status = 'queued';
DROP INDEX IF EXISTS ml_training_jobs_queued;
