-- What a decision on a model came of, as figures: the floor, the comparison with the model in use, whether
-- anything was learnt. Null of models from before.
ALTER TABLE ml_model_registry ADD COLUMN IF NOT EXISTS decision_facts jsonb;
