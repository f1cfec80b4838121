"""The environment of packages/strategies/src/rl for stable-baselines3: all episodes side by side in numpy arrays."""

from collections.abc import Sequence

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

OBSERVATION_LIMIT = 5
HELD_LIMIT = 20
CASH_BARS = 4_096


class Trading(VecEnv):
    """`count` accounts in one market; action 0, 1, 2 holds −1, 0 or 1 times the capital from this close to the next."""

    def __init__(
        self,
        features: np.ndarray,
        close: np.ndarray,
        rows: tuple[int, int],
        *,
        count: int,
        n_steps: int,
        cost: float,
        return_unit: float,
        seed: int,
    ) -> None:
        self.features = np.clip(features, -OBSERVATION_LIMIT, OBSERVATION_LIMIT)
        self.returns = close[1:] / close[:-1] - 1
        self.rows = rows
        self.n_steps = n_steps
        self.cost = cost
        self.return_unit = return_unit
        self.random = np.random.default_rng(seed)
        size = features.shape[1] + 5
        super().__init__(count, spaces.Box(-np.inf, np.inf, (size,), np.float32), spaces.Discrete(3))
        self.reset()

    def reset(self) -> np.ndarray:
        """Flat, at rows from which a whole episode fits into the training rows."""
        first, end = self.rows
        self.begin(self.random.integers(first, end - self.n_steps + 1, self.num_envs))
        return self.observe()

    def begin(self, rows: np.ndarray) -> None:
        self.row = rows
        self.position = np.zeros(self.num_envs)
        self.open_return = np.zeros(self.num_envs)
        self.bars_held = np.zeros(self.num_envs)
        self.cash = np.ones(self.num_envs)
        self.capital = np.ones(self.num_envs)
        self.steps = 0

    def observe(self) -> np.ndarray:
        open_unit = self.return_unit * np.sqrt(HELD_LIMIT)
        profit = (self.cash - 1) / (self.return_unit * np.sqrt(CASH_BARS))
        account = (
            self.position,
            np.clip(self.open_return / open_unit, -OBSERVATION_LIMIT, OBSERVATION_LIMIT),
            np.minimum(self.bars_held, HELD_LIMIT) / HELD_LIMIT,
            profit / (1 + np.abs(profit)),
            # The drawdown, which is not shown where it is not penalised.
            np.zeros(self.num_envs),
        )
        return np.column_stack((self.features[self.row], *account)).astype(np.float32)

    def step_async(self, actions: np.ndarray) -> None:
        self.actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        rewards = self.hold(self.actions - 1)
        observation = self.observe()
        infos: list[dict] = [{} for _ in range(self.num_envs)]
        over = self.steps == self.n_steps
        if over:
            # Cut, not over: the value of the last observation stands for what would have followed.
            infos = [{"TimeLimit.truncated": True, "terminal_observation": last} for last in observation]
            observation = self.reset()
        return observation, rewards / self.return_unit, np.full(self.num_envs, over), infos

    def hold(self, position: np.ndarray) -> np.ndarray:
        """Holds the positions to the next close; the returns after costs, as shares of the capital."""
        gross = position * self.returns[self.row]
        kept = (position == self.position) & (position != 0)
        self.open_return = np.where(kept, self.open_return, 0) + gross
        self.bars_held = np.where(position == 0, 0, np.where(kept, self.bars_held, 0) + 1)
        cost = self.cost * np.abs(position - self.position)
        changed = self.capital * np.maximum(0, 1 - cost)
        self.cash = np.where(position == self.position, self.cash, changed)
        self.capital = self.capital * np.maximum(0, 1 + gross - cost)
        self.position = position
        self.row = self.row + 1
        self.steps += 1
        return gross - cost

    def close(self) -> None:
        pass

    def get_attr(self, attr_name: str, indices: int | Sequence[int] | None = None) -> list:
        return [getattr(self, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: object, indices: int | Sequence[int] | None = None) -> None:
        raise NotImplementedError

    def env_method(self, method_name: str, *args: object, **kwargs: object) -> list:
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class: type, indices: int | Sequence[int] | None = None) -> list[bool]:
        return [False] * self.num_envs
