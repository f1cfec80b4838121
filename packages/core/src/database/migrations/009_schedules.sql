-- Which schedules schedulers go by, and since when, by this database's clock: a changed
-- TRAINING_CRON_SCHEDULE or TRAINING_TIMEZONE must not make a tick of the past due. A row for each one ever
-- used.
CREATE TABLE ml_training_schedules (
  cron      text        NOT NULL,
  timezone  text        NOT NULL,
  -- Ticks up to then are nobody's.
  since     timestamptz NOT NULL,
  -- When a scheduler last looked for a due tick of it.
  looked_at timestamptz NOT NULL,
  PRIMARY KEY (cron, timezone)
);
