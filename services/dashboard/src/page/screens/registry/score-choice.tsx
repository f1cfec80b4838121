import { search, setQuery } from '../../router.ts';
import { isScoreName, kinds, scoreNames, type ScoreName } from '@ml-training/sdk';

/** Which score the URL asks for; null for each strategy's usual one. */
export function chosenScore(): ScoreName | null {
  const name = search.value.get('score');
  return isScoreName(name) ? name : null;
}

export function ScoreChoice() {
  return (
    <label class="model-field">
      Score{' '}
      <select
        value={chosenScore() ?? ''}
        onChange={(event) => setQuery({ score: event.currentTarget.value || null })}
      >
        <option value="">what promotion goes by</option>
        {scoreNames.map((name) => (
          <option key={name} value={name}>
            {kinds[name].title}
          </option>
        ))}
      </select>
    </label>
  );
}
