-- Puts a registered model in use. how: promote, or rollback, which withdraws the present one and holds
-- against in_place_of only. Outcomes: switched; already (in use, also when asked again because the first
-- answer got lost); missing (no such model any more); changed (another one than in_place_of is in use). Both
-- models' decisions say what was done, after what they said before. Bots hear of it by its announcement.
CREATE FUNCTION ml_model_activate(target uuid, how text, in_place_of uuid DEFAULT NULL)
RETURNS text LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE
  chosen  ml_model_registry;
  present ml_model_registry;
  moment  timestamptz;
  written text;
BEGIN
  -- Row locks are not enough. A completing job locks the active row; where there is none yet it locks
  -- nothing, and both would insert one. And who waits for a row that is then no longer active is told there
  -- is none. So this waits for completions under way and lets new ones wait; it is rare and short. Readers
  -- are not held up.
  LOCK TABLE ml_model_registry IN EXCLUSIVE MODE;
  SELECT * INTO chosen FROM ml_model_registry WHERE model_id = target;
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF chosen.is_active THEN
    -- Whoever asks twice may do so because a bot did not hear it.
    INSERT INTO ml_training_announcements (model_id) VALUES (target);
    RETURN 'already';
  END IF;
  SELECT * INTO present FROM ml_model_registry
    WHERE strategy_type = chosen.strategy_type AND symbol = chosen.symbol AND is_active;
  IF how = 'rollback' AND present.model_id IS DISTINCT FROM in_place_of THEN
    RETURN 'changed';
  END IF;
  -- Not now(), when the transaction began: what it waited for came first.
  moment := clock_timestamp();
  written := to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"');
  UPDATE ml_model_registry SET
    is_active = false,
    withdrawn_at = CASE WHEN how = 'rollback' THEN moment ELSE withdrawn_at END,
    decision = rtrim(decision, '. ') || CASE WHEN how = 'rollback'
      THEN format('; rolled back by hand at %s to %s.', written, left(chosen.model_id::text, 8))
      ELSE format('; replaced by hand at %s by %s.', written, left(chosen.model_id::text, 8)) END
  WHERE model_id = present.model_id;
  UPDATE ml_model_registry SET
    is_active = true,
    activated_at = moment,
    withdrawn_at = NULL,
    decision = rtrim(decision, '. ') || CASE WHEN how = 'rollback'
      THEN format('; back in use by hand at %s in place of %s.', written, left(present.model_id::text, 8))
      ELSE format('; promoted by hand at %s', written)
        || coalesce(' in place of ' || left(present.model_id::text, 8), ' as the first in use') || '.' END
  WHERE model_id = target;
  INSERT INTO ml_training_announcements (model_id) VALUES (target);
  PERFORM ml_training_tell_model(CASE how WHEN 'rollback' THEN 'model.rolled_back' ELSE 'model.promoted' END,
    target,
                                 present.model_id, 'hand');
  RETURN 'switched';
END
$$;
