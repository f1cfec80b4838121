-- Ends a job and registers its models in one go. models: [{model_id, symbol, file_path, sha256, size_bytes,
-- parent_model_id, metrics, decision, decision_facts, promote, champion_id, data_from, data_to, data_sha256,
-- holdout_from, holdout_to, judged_data_to, refit_rows, bar_seconds, params, code_sha256, holdout}], the holdout with the columns of ml_model_holdouts, or null.
-- A promotion holds against the champion it was judged against only, or where that was taken out of use
-- meanwhile and nothing is in its place; it comes with its announcement to bots.
-- Answers completed, also when asked again with the same token; lost when somebody else has the lease.
CREATE FUNCTION ml_training_complete(job uuid, token uuid, job_result jsonb, models jsonb)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  owner ml_training_jobs;
  model record;
  active uuid;
  take_over boolean;
BEGIN
  SELECT * INTO owner FROM ml_training_jobs WHERE job_id = job AND lease_token = token FOR UPDATE;
  IF NOT FOUND OR owner.status NOT IN ('running', 'completed') THEN
    RETURN 'lost';
  ELSIF owner.status = 'completed' THEN
    RETURN 'completed';
  END IF;
  FOR model IN SELECT * FROM jsonb_to_recordset(models) AS m (
    model_id uuid, symbol text, file_path text, sha256 text, size_bytes bigint, parent_model_id uuid,
    metrics jsonb, decision text, decision_facts jsonb, promote boolean, champion_id uuid,
    data_from timestamptz, data_to timestamptz, data_sha256 text, holdout_from timestamptz,
    holdout_to timestamptz, judged_data_to timestamptz, refit_rows integer, bar_seconds float8, params jsonb,
    code_sha256 text,
    holdout jsonb)
  LOOP
    SELECT model_id INTO active FROM ml_model_registry r
      WHERE r.strategy_type = owner.strategy_type AND r.symbol = model.symbol AND r.is_active FOR UPDATE;
    take_over := model.promote AND (active IS NULL OR active IS NOT DISTINCT FROM model.champion_id);
    IF take_over THEN
      UPDATE ml_model_registry SET is_active = false WHERE model_id = active;
    END IF;
    INSERT INTO ml_model_registry (model_id, strategy_type, symbol, is_active, activated_at, file_path,
      sha256, size_bytes, job_id, parent_model_id, metrics, decision, decision_facts, data_from,
      data_to, data_sha256, holdout_from, holdout_to, judged_data_to, refit_rows, bar_seconds, params,
      code_sha256)
    VALUES (model.model_id, owner.strategy_type, model.symbol, take_over, CASE WHEN take_over THEN now() END,
      model.file_path, model.sha256, model.size_bytes, job, model.parent_model_id, model.metrics,
      CASE WHEN model.promote AND NOT take_over
        THEN 'not promoted: another model became active while this one was trained; ' || model.decision
        ELSE model.decision END,
      model.decision_facts,
      model.data_from, model.data_to, model.data_sha256, model.holdout_from, model.holdout_to,
      model.judged_data_to, model.refit_rows, model.bar_seconds, model.params,
      model.code_sha256);
    IF jsonb_typeof(model.holdout) = 'object' THEN
      INSERT INTO ml_model_holdouts
      SELECT h.* FROM jsonb_populate_record(NULL::ml_model_holdouts,
                                            -- A trainer from before there were tasks says neither.
                                            jsonb_build_object('task', 'binary',
                                                               'scores', model.holdout -> 'probabilities')
                                              || model.holdout
                                              || jsonb_build_object('model_id', model.model_id)) h;
    END IF;
    IF take_over THEN
      INSERT INTO ml_training_announcements (model_id) VALUES (model.model_id);
    END IF;
    PERFORM ml_training_tell_model(CASE WHEN take_over THEN 'model.promoted' ELSE 'model.refused' END,
                                   model.model_id, active, 'training');
  END LOOP;
  -- A model that learnt nothing is the one in use once more, and no trial.
  PERFORM ml_training_count_trials(owner.strategy_type, 'training', (
    SELECT jsonb_agg(jsonb_build_object('symbol', m ->> 'symbol', 'data_sha256', m ->> 'data_sha256',
      'params', m -> 'params', 'seed', job_result ->> 'seed', 'code_sha256', m ->> 'code_sha256',
      'excess_sharpe', m #> '{metrics,excess_sharpe}'))
    FROM jsonb_array_elements(models) m
    WHERE coalesce(m #>> '{decision_facts,nothing_learnt}', 'false') <> 'true'));
  UPDATE ml_training_jobs SET status = 'completed', completed_at = now(), progress = 1, stage = NULL,
    lease_expires_at = NULL, error_code = NULL, error_message = NULL, result = job_result,
    newest_bars = job_result -> 'newest_bars'
  WHERE job_id = job;
  RETURN 'completed';
END
$$;
