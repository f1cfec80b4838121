-- Hypertables where TimescaleDB is to be had; plain tables with the same keys where it isn't.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
    RETURN;
  END IF;
  CREATE EXTENSION IF NOT EXISTS timescaledb;
  -- A table of this name that is the user's own (MARKET_DATA_TABLE) stays as it is.
  IF current_setting('ml_training.foreign_market_data', true) IS DISTINCT FROM 'on' THEN
    PERFORM create_hypertable('market_data', 'time', chunk_time_interval => interval '1 year',
      migrate_data => true,
                              if_not_exists => true);
  END IF;
  PERFORM create_hypertable('ml_training_metrics', 'time', chunk_time_interval => interval '1 week',
    migrate_data => true);
END
$$;
