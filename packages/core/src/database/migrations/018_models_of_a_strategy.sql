-- The newest models of one strategy, however few it has among the others'. (Made while the table can be read
-- but not written: some milliseconds a thousand models.)
CREATE INDEX ml_model_registry_of_strategy ON ml_model_registry (strategy_type, created_at DESC, symbol);
