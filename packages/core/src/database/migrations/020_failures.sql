-- Which pairs fail, and how often in a row: asked at every scrape, of few rows. (Made while the table can be
-- read but not written: some tenths of a second a million rows, of which few are failed.)
CREATE INDEX ml_training_jobs_failed_pairs ON ml_training_jobs (strategy_type, symbol, completed_at DESC)
  WHERE status = 'failed';
