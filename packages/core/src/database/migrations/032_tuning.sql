-- Searches for better settings of a pair (docs/judging.md, Tuning), of which the newest of each pair are kept.
CREATE TABLE IF NOT EXISTS ml_training_tunings (
  tuning_id     uuid        PRIMARY KEY,
  strategy_type text        NOT NULL,
  symbol        text        NOT NULL,
  -- A sum of all that decides what it finds besides the bars: space, settings, folds, seed, code.
  identity      text        NOT NULL,
  -- [{symbol, from, to, count, sha256}]: what it was given, the holdout of that time included.
  bars          jsonb       NOT NULL,
  data_sha256   text        NOT NULL,
  begun_at      timestamptz NOT NULL DEFAULT now(),
  ended_at      timestamptz,
  UNIQUE (strategy_type, symbol, identity, data_sha256)
);

-- What a search has found so far, so that one that was interrupted goes on: one row a training of it.
CREATE TABLE IF NOT EXISTS ml_training_tuning_folds (
  tuning_id uuid               NOT NULL REFERENCES ml_training_tunings ON DELETE CASCADE,
  -- 0: the settings in use.
  trial     integer            NOT NULL,
  -- 0: the newest.
  fold      integer            NOT NULL,
  -- What promotion compares, row by row; null where these settings give no model.
  scores    double precision[],
  -- Why there is none, in words.
  problem   text,
  seconds   double precision   NOT NULL,
  PRIMARY KEY (tuning_id, trial, fold)
);

-- What the newest search of each pair came to: settings that its trainings use. symbol: @ALL of a strategy over
-- all symbols.
CREATE TABLE IF NOT EXISTS ml_training_tuned (
  strategy_type text        NOT NULL,
  symbol        text        NOT NULL,
  -- Over the strategy's defaults and below TRAINING_PARAMS; {} where the search kept those.
  params        jsonb       NOT NULL DEFAULT '{}',
  tuned_at      timestamptz,
  -- When a search last ended, or failed.
  looked_at     timestamptz NOT NULL DEFAULT now(),
  -- Why the last one failed, in words; null when it did not.
  problem       text,
  -- {trials, folds, rows, seed, data_to, score, lead: {mean, low, high} or null}
  facts         jsonb,
  PRIMARY KEY (strategy_type, symbol)
);

-- One process of the whole fleet searches at a time: whose turn it is, and until when.
CREATE TABLE IF NOT EXISTS ml_training_tuning_lease (
  only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  holder   text        NOT NULL,
  until    timestamptz NOT NULL
);
