-- Takes a model out of use without another in its place. Outcomes: deactivated; already (it is not in use, or
-- gave way to another meanwhile); missing (no such model any more). why: a clause in words for its decision.
-- Bots hear of it by its announcement.
CREATE FUNCTION ml_model_deactivate(target uuid, why text)
RETURNS text LANGUAGE plpgsql SET lock_timeout = '10s' AS $$
DECLARE
  present ml_model_registry;
BEGIN
  -- As ml_model_activate does: completions under way come first, new ones wait.
  LOCK TABLE ml_model_registry IN EXCLUSIVE MODE;
  SELECT * INTO present FROM ml_model_registry WHERE model_id = target;
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF NOT present.is_active THEN
    RETURN 'already';
  END IF;
  UPDATE ml_model_registry SET
    is_active = false,
    decision = rtrim(decision, '. ') || format('; taken out of use at %s: %s.',
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), rtrim(why, '. '))
  WHERE model_id = target;
  INSERT INTO ml_training_announcements (model_id) VALUES (target);
  PERFORM ml_training_tell_model('model.deactivated', target, NULL, 'live score');
  RETURN 'deactivated';
END
$$;
