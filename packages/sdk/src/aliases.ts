type Given<V> = Readonly<Record<string, V>>;

/**
 * What settings were called before, by strategy, and what they are called now: as stable-baselines3, LightGBM
 * and scikit-learn call them. Old names are accepted for good, in TRAINING_PARAMS and in model files; nothing
 * new is written with them.
 */
export const oldNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ensemble: {
    boosting_rounds: 'num_boost_round',
    patience: 'early_stopping_rounds',
    further_rounds: 'warm_start_rounds',
    most_boosted_trees: 'max_boosted_trees',
    class_balance: 'class_weight',
  },
  rl: {
    total_steps: 'total_timesteps',
    envs: 'n_envs',
    episode_steps: 'n_steps',
    epochs: 'n_epochs',
    minibatch: 'batch_size',
    lambda: 'gae_lambda',
    clip: 'clip_range',
    entropy: 'ent_coef',
    value_weight: 'vf_coef',
    clip_norm: 'max_grad_norm',
  },
};

/** What a setting that may be given by an old name is called now. */
export function currentName(strategy: string, name: string): string {
  const renamed = Object.hasOwn(oldNames, strategy) ? oldNames[strategy]! : {};
  return Object.hasOwn(renamed, name) ? renamed[name]! : name;
}

/**
 * The same settings by the names that they have now. `problemWith` tells of one that is given by both its
 * names.
 */
export const withCurrentNames = <V>(given: Given<V>, strategy: string): Given<V> =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [currentName(strategy, name), value]),
  );

/**
 * `own` laid over `others`, where either may call a setting by its old name; those that hold keep the name
 * they came by.
 */
export function overlaid<V>(others: Given<V>, own: Given<V>, strategy: string): Given<V> {
  const said = new Set(Object.keys(own).map((name) => currentName(strategy, name)));
  const left = Object.entries(others).filter(([name]) => !said.has(currentName(strategy, name)));
  return { ...Object.fromEntries(left), ...own };
}
