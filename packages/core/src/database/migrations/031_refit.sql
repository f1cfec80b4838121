-- What a model was judged on, and what was refitted of it. A model that was refitted has been fitted on all bars to
-- data_to; its metrics are of what it was before, fitted on bars to judged_data_to and judged on those from
-- holdout_from to holdout_to. judged_data_to and refit_rows are null of a model that is used as it was judged; all
-- four of one from before they were kept.
ALTER TABLE ml_model_registry
  ADD COLUMN IF NOT EXISTS holdout_from timestamptz,
  ADD COLUMN IF NOT EXISTS holdout_to timestamptz,
  ADD COLUMN IF NOT EXISTS judged_data_to timestamptz,
  ADD COLUMN IF NOT EXISTS refit_rows integer;
