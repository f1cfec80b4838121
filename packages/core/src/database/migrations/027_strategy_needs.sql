-- What a strategy of the user's own looks at besides the bars of its symbol, {symbols: [...], columns:
-- [...]}: whether there is anything new to train on depends on it. Null: nothing.
ALTER TABLE ml_strategies ADD COLUMN IF NOT EXISTS needs jsonb;
