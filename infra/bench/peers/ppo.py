"""PPO by stable-baselines3, or by sbx, which is the same in JAX; the time is that of all updates but the first, which warms up."""

import numpy as np
import torch
from common import Job, Moment, answer
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from trading import Trading


class RolloutStarts(BaseCallback):
    """Notes when each rollout begins, which is when the update before it is done."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[Moment] = []

    def _on_rollout_start(self) -> None:
        self.moments.append(Moment())

    def _on_step(self) -> bool:
        return True


def build(job: Job, env: Trading) -> BaseAlgorithm:
    is_sbx = job.settings["library"] == "sbx"
    if is_sbx:
        from sbx import PPO
    else:
        from stable_baselines3 import PPO
    params = job.settings["params"]
    rate = params["learning_rate"]
    layers = [params["hidden_units"]] * params["hidden_layers"]
    # The default of sbx is tanh.
    activation = {} if is_sbx else {"activation_fn": torch.nn.Tanh}
    return PPO(
        "MlpPolicy",
        env,
        learning_rate=(lambda left: rate * left) if params["linear_decay"] else rate,
        n_steps=params["n_steps"],
        batch_size=params["batch_size"],
        n_epochs=params["n_epochs"],
        gamma=params["gamma"],
        gae_lambda=params["gae_lambda"],
        clip_range=params["clip_range"],
        ent_coef=params["ent_coef"],
        vf_coef=params["vf_coef"],
        max_grad_norm=params["max_grad_norm"],
        policy_kwargs={"net_arch": {"pi": layers, "vf": layers}, **activation},
        seed=job.settings["seed"],
        device="cpu",
    )


def walk(model: BaseAlgorithm, env: Trading, rows: tuple[int, int]) -> list[int]:
    """The likeliest action at each row in order, starting flat."""
    env.begin(np.array([rows[0]]))
    positions: list[int] = []
    for _ in range(*rows):
        action, _ = model.predict(env.observe(), deterministic=True)
        env.hold(action - 1)
        positions.append(int(action[0]) - 1)
    return positions


def main() -> None:
    job = Job()
    settings, params = job.settings, job.settings["params"]
    torch.set_num_threads(job.threads)
    features, close = job.array("table"), job.array("close")

    def trading(rows: tuple[int, int], count: int) -> Trading:
        return Trading(
            features,
            close,
            rows,
            count=count,
            n_steps=params["n_steps"],
            cost=params["cost_bps"] / 10_000,
            return_unit=settings["return_unit"],
            seed=settings["seed"],
        )

    model = build(job, trading(settings["parts"]["train"], params["n_envs"]))
    starts = RolloutStarts()
    model.learn(params["total_timesteps"], callback=starts)
    end = Moment()
    holdout = settings["parts"]["holdout"]
    position = walk(model, trading(holdout, count=1), holdout)
    answer(starts.moments[1], end, position=position, figures={"updates": len(starts.moments)})


if __name__ == "__main__":
    main()
