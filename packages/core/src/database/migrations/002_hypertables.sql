-- Hypertables where TimescaleDB is to be had; plain tables with the same keys where it isn't.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') THEN
    RETURN;
  END IF;
  CREATE EXTENSION IF NOT EXISTS timescaledb;
  PERFORM create_hypertable('market_data', 'time', chunk_time_interval => interval '1 year',
    migrate_data => true,
                            if_not_exists => true);
  PERFORM create_hypertable('ml_training_metrics', 'time', chunk_time_interval => interval '1 week',
    migrate_data => true);
END
$$;
