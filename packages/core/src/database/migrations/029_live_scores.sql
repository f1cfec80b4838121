-- What naive rules know of the rows that a model was fitted on: {counts} of the classes, or {mean, rows}.
ALTER TABLE ml_model_holdouts ADD COLUMN IF NOT EXISTS train_labels jsonb;

-- How each model in use did on the bars that came since it was trained, hour by hour.
CREATE TABLE IF NOT EXISTS ml_model_live_scores (
  model_id      uuid             NOT NULL REFERENCES ml_model_registry ON DELETE CASCADE,
  scored_at     timestamptz      NOT NULL DEFAULT now(),
  -- Rows whose label is known, and the bars of the first and the last of them.
  rows          integer          NOT NULL,
  first_row     timestamptz      NOT NULL,
  last_row      timestamptz      NOT NULL,
  -- log_loss, rmse or return: of the model, and of the naive rule on the same rows; null for what is no
  -- number.
  score         text             NOT NULL,
  value         double precision,
  rule          text             NOT NULL,
  rule_value    double precision,
  -- Of a row, model less rule, more is better; null with too few rows for any word.
  difference    double precision,
  low           double precision,
  high          double precision,
  verdict       text             NOT NULL CHECK (verdict IN ('too_few', 'within', 'below', 'above')),
  -- All scores, as of a holdout.
  metrics       jsonb            NOT NULL,
  PRIMARY KEY (model_id, scored_at)
);

-- Which models were looked at, and what came of it. problem: why there is no newer score, in words.
CREATE TABLE IF NOT EXISTS ml_model_live_state (
  model_id    uuid        PRIMARY KEY REFERENCES ml_model_registry ON DELETE CASCADE,
  looked_at   timestamptz NOT NULL,
  newest_bar  timestamptz,
  problem     text
);

-- One process of the whole fleet scores at a time: whose turn it is, and until when.
CREATE TABLE IF NOT EXISTS ml_training_live_lease (
  only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  holder   text        NOT NULL,
  until    timestamptz NOT NULL
);
-- For whether anything was looked at since.
CREATE INDEX IF NOT EXISTS ml_model_live_state_looked ON ml_model_live_state (looked_at);
