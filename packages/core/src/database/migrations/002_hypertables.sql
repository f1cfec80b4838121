-- Hypertables where TimescaleDB is to be had; plain tables with the same keys where it isn't.
DO $$
DECLARE
  -- By its own schema, which need not be on the search path: ?schema= in DATABASE_URL names another one.
  create_hypertable text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
    RETURN;
  END IF;
  CREATE EXTENSION IF NOT EXISTS timescaledb;
  SELECT format('%I.create_hypertable', nspname) INTO create_hypertable
    FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'timescaledb';
  -- A table of this name that is the user's own (MARKET_DATA_TABLE) stays as it is.
  IF current_setting('ml_training.foreign_market_data', true) IS DISTINCT FROM 'on' THEN
    EXECUTE format('SELECT %s(''market_data'', ''time'', chunk_time_interval => interval ''1 year'',
      migrate_data => true, if_not_exists => true)', create_hypertable);
  END IF;
  EXECUTE format('SELECT %s(''ml_training_metrics'', ''time'', chunk_time_interval => interval ''1 week'',
    migrate_data => true)', create_hypertable);
END
$$;
