-- The fleet's tables. PostgreSQL holds the truth, Redis only carries it.

-- One that is there already has been found to be alike (market-data.ts).
CREATE TABLE IF NOT EXISTS market_data (
  time   timestamptz      NOT NULL,
  symbol text             NOT NULL,
  open   double precision NOT NULL,
  high   double precision NOT NULL,
  low    double precision NOT NULL,
  close  double precision NOT NULL,
  volume double precision,
  PRIMARY KEY (symbol, time)
);

-- One row a tick or request. scheduled_for is unique, so any number of schedulers make one run a tick.
CREATE TABLE ml_training_runs (
  run_id        uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  trigger       text        NOT NULL CHECK (trigger IN ('schedule', 'manual')),
  scheduled_for timestamptz UNIQUE,
  requested_at  timestamptz NOT NULL DEFAULT now(),
  finished_at   timestamptz,
  -- What the run did not train, and why: [{strategy_type, symbol, reason}]
  skipped       jsonb       NOT NULL DEFAULT '[]'
);

CREATE TABLE ml_training_jobs (
  job_id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  run_id           uuid        REFERENCES ml_training_runs,
  strategy_type    text        NOT NULL CHECK (strategy_type IN ('ensemble', 'lstm', 'rl')),
  symbol           text        NOT NULL,
  status           text        NOT NULL DEFAULT 'queued'
                               CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  trigger          text        NOT NULL CHECK (trigger IN ('schedule', 'manual', 'tick')),
  attempt          integer     NOT NULL DEFAULT 0,
  max_attempts     integer     NOT NULL CHECK (max_attempts >= 1),
  retry_at         timestamptz,
  created_at       timestamptz NOT NULL DEFAULT now(),
  started_at       timestamptz,
  -- When the job ended, however it ended.
  completed_at     timestamptz,
  trainer_id       text,
  -- The fencing token of the last claim. It stays on the row of an ended job, so that a repeated completion
  -- is recognised as the same one.
  lease_token      uuid,
  lease_expires_at timestamptz,
  progress         real        NOT NULL DEFAULT 0,
  stage            text,
  error_code       text,
  error_message    text,
  result           jsonb,
  CHECK (status <> 'running' OR (lease_token IS NOT NULL AND lease_expires_at IS NOT NULL))
);
CREATE UNIQUE INDEX ml_training_jobs_one_open ON ml_training_jobs (strategy_type, symbol)
  WHERE status IN ('queued', 'running');
CREATE INDEX ml_training_jobs_created ON ml_training_jobs (created_at DESC);
CREATE INDEX ml_training_jobs_open ON ml_training_jobs (status, retry_at) WHERE status IN ('queued',
  'running');
CREATE INDEX ml_training_jobs_run ON ml_training_jobs (run_id);

CREATE TABLE ml_model_registry (
  model_id        uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  strategy_type   text        NOT NULL CHECK (strategy_type IN ('ensemble', 'lstm', 'rl')),
  symbol          text        NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  is_active       boolean     NOT NULL DEFAULT false,
  -- When it last became active; the newest inactive one with a time here is the model to roll back to.
  activated_at    timestamptz,
  file_path       text        NOT NULL UNIQUE,
  sha256          text        NOT NULL,
  size_bytes      bigint      NOT NULL,
  job_id          uuid        REFERENCES ml_training_jobs ON DELETE SET NULL,
  -- The model this one's training started from; null for a full fit.
  parent_model_id uuid,
  metrics         jsonb       NOT NULL,
  -- Why it was promoted or not, in words.
  decision        text        NOT NULL,
  data_from       timestamptz NOT NULL,
  data_to         timestamptz NOT NULL,
  data_sha256     text        NOT NULL,
  params          jsonb       NOT NULL,
  UNIQUE (job_id, symbol)
);
CREATE UNIQUE INDEX ml_model_registry_one_active ON ml_model_registry (strategy_type, symbol) WHERE is_active;
CREATE INDEX ml_model_registry_pair ON ml_model_registry (strategy_type, symbol, created_at DESC);

-- '' where a metric has no strategy or symbol: a primary key takes no null, and it makes a repeated write
-- harmless.
CREATE TABLE ml_training_metrics (
  time          timestamptz      NOT NULL,
  name          text             NOT NULL,
  strategy_type text             NOT NULL DEFAULT '',
  symbol        text             NOT NULL DEFAULT '',
  value         double precision NOT NULL,
  PRIMARY KEY (name, strategy_type, symbol, time)
);

CREATE TABLE ml_training_epochs (
  job_id uuid             NOT NULL REFERENCES ml_training_jobs ON DELETE CASCADE,
  step   integer          NOT NULL,
  name   text             NOT NULL,
  value  double precision NOT NULL,
  PRIMARY KEY (job_id, name, step)
);

-- How often the reconciler put something right, by reason; the exporter's jobs_recovered_total.
CREATE TABLE ml_training_recoveries (
  reason text   PRIMARY KEY,
  count  bigint NOT NULL
);
