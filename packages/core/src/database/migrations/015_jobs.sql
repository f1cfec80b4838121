-- What was failed or cancelled and is trained again is a new job that names the one before, which may be
-- deleted before it.
ALTER TABLE ml_training_jobs ADD COLUMN retry_of uuid;
CREATE INDEX ml_training_jobs_retries ON ml_training_jobs (retry_of, created_at DESC)
  WHERE retry_of IS NOT NULL;

-- Until when the training process of a cancelled job may live; its place is not given to another one before.
ALTER TABLE ml_training_jobs ADD COLUMN stopping_until timestamptz;
CREATE INDEX ml_training_jobs_stopping ON ml_training_jobs (stopping_until) WHERE stopping_until IS NOT NULL;

-- Jobs by any filter, the newest first. Status, strategy and trigger have few values, so that a list of any
-- of them is put together of one short range of an index for each (jobs/search.ts); whatever is asked for, a
-- page reads a few thousand entries. NULLS LAST, though there are none, as the index of all jobs has not:
-- asked for in this order PostgreSQL can't walk that one and pass over what doesn't fit.
CREATE INDEX ml_training_jobs_by_kind ON ml_training_jobs (status, strategy_type, trigger,
  created_at DESC NULLS LAST, symbol);
CREATE INDEX ml_training_jobs_by_symbol ON ml_training_jobs (symbol, status, strategy_type, trigger,
  created_at DESC NULLS LAST);
CREATE INDEX ml_training_jobs_by_error
  ON ml_training_jobs (error_code, status, strategy_type, trigger, created_at DESC NULLS LAST, symbol)
  WHERE error_code IS NOT NULL;
CREATE INDEX ml_training_jobs_by_error_and_symbol
  ON ml_training_jobs (error_code, symbol, status, strategy_type, trigger, created_at DESC NULLS LAST)
    WHERE error_code IS NOT NULL;
DROP INDEX ml_training_jobs_run;
CREATE INDEX ml_training_jobs_run ON ml_training_jobs (run_id, created_at DESC, strategy_type, symbol);

-- Requests of the API with an Idempotency-Key, and what was answered: asked again, the answer comes again and
-- nothing is done.
CREATE TABLE ml_training_requests (
  -- Digest of who asks: a key is its caller's own.
  caller     text        NOT NULL,
  key        text        NOT NULL,
  -- Digest of method, path and body.
  request    text        NOT NULL,
  -- Null while it is being worked on.
  status     integer,
  content_type text,
  answer     text,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (caller, key)
);
CREATE INDEX ml_training_requests_expire ON ml_training_requests (expires_at);
