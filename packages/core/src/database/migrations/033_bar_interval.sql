-- How long a bar lasted in the training of a model, in seconds; null of a model from before it was kept, and of one
-- whose bars keep to no interval.
ALTER TABLE ml_model_registry ADD COLUMN IF NOT EXISTS bar_seconds double precision;
