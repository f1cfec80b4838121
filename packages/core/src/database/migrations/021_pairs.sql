-- The jobs of a pair by age, whatever became of them: a row of the page's timeline. (Made while the table can
-- be read but not written: a second or two a million rows.)
CREATE INDEX IF NOT EXISTS ml_training_jobs_pair ON ml_training_jobs (strategy_type, symbol, created_at DESC);
