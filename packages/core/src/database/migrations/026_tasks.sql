-- What a model says is a probability of two classes, of several, a number, or which way a policy leans.
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'ml_model_holdouts'::regclass AND attname = 'probabilities'
             AND NOT attisdropped) THEN
    ALTER TABLE ml_model_holdouts RENAME COLUMN probabilities TO scores;
  END IF;
END
$$;
ALTER TABLE ml_model_holdouts ADD COLUMN IF NOT EXISTS task text NOT NULL DEFAULT 'binary';
-- The arrays lie beside their rows and are not written again.
UPDATE ml_model_holdouts h SET task = 'policy', calibration = '[]'
  FROM ml_model_registry m WHERE m.model_id = h.model_id AND m.strategy_type = 'rl' AND h.task = 'binary';
