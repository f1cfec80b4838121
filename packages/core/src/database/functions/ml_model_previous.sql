-- The model to roll a pair back to: in use before the present one, and not itself rolled back from.
CREATE FUNCTION ml_model_previous(strategy text, of_symbol text) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT model_id FROM ml_model_registry
  WHERE strategy_type = strategy AND symbol = of_symbol AND NOT is_active AND activated_at IS NOT NULL
    AND withdrawn_at IS NULL
  ORDER BY activated_at DESC LIMIT 1
$$;
