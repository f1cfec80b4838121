-- Writes the webhook event of a decision on a model, as its row says it by now, where anybody wants events.
-- event: model.promoted, model.refused or model.rolled_back; former: the model that was in use before, null
-- for none; by: training or hand.
CREATE FUNCTION ml_training_tell_model(event text, model uuid, former uuid, decided_by text)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO ml_training_webhooks (type, data)
  SELECT event, json_build_object(
    'model_id', m.model_id, 'strategy_type', m.strategy_type, 'symbol', m.symbol, 'file_path', m.file_path,
    'decided_by', decided_by, 'decision', left(m.decision, 4000),
    CASE event WHEN 'model.refused' THEN 'model_in_use' ELSE 'in_place_of' END, former,
    'job_id', m.job_id, 'run_id', j.run_id,
    'metrics', (SELECT json_object_agg(name, value ORDER BY place) FROM (
      SELECT name, m.metrics -> name, place
      FROM unnest(ARRAY['accuracy', 'balanced_accuracy', 'auc', 'log_loss', 'rank_ic', 'ic', 'r2', 'rmse',
        'return', 'sharpe', 'excess_sharpe', 'deflated_excess_sharpe', 'trades'])
        WITH ORDINALITY AS wanted (name, place)
      UNION ALL
      SELECT 'baseline_accuracy', m.metrics #> '{baselines,majority_class,accuracy}', 100
    ) summary (name, value, place) WHERE jsonb_typeof(value) = 'number'),
    'data_from', m.data_from, 'data_to', m.data_to)
  FROM ml_model_registry m LEFT JOIN ml_training_jobs j USING (job_id)
  WHERE m.model_id = model AND EXISTS (SELECT FROM ml_training_webhook_state WHERE wanted)
$$;
