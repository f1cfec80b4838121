"""The same LSTM in PyTorch; the time is that of all epochs but the first, which warms up."""

import numpy as np
import torch
from common import Job, Moment, answer, parts, windows
from torch import nn


class Network(nn.Module):
    """Layers of LSTM, then a dense unit on the last step's output."""

    def __init__(self, features: int, units: int, layers: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(features, units, layers)
        self.dense = nn.Linear(units, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """`x` is [steps, rows, features]; gives a logit a row."""
        return self.dense(self.lstm(x)[0][-1])[:, 0]


def main() -> None:
    job = Job()
    settings = job.settings
    torch.set_num_threads(job.threads)
    torch.manual_seed(settings["seed"])

    table, labels = job.array("table"), job.array("labels").astype(np.float32)
    # Time-major, which its LSTM takes without another copy.
    part = {
        name: (
            torch.from_numpy(windows(table, rows, settings["window"])).transpose(0, 1).contiguous(),
            torch.from_numpy(labels[rows]),
        )
        for name, rows in parts(job).items()
    }
    model = Network(table.shape[1], settings["units"], settings["layers"])
    loss_of = nn.BCEWithLogitsLoss()
    # Epsilon as in the other two. One fused call a step is the fastest of its ways.
    optimiser = torch.optim.Adam(model.parameters(), settings["learning_rate"], eps=1e-7, fused=True)

    x, y = part["train"]
    moments: list[Moment] = []
    for _ in range(settings["epochs"]):
        model.train()
        for rows in torch.randperm(len(y)).split(settings["batch_size"]):
            optimiser.zero_grad()
            loss_of(model(x.index_select(1, rows)), y[rows]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), settings["clip_norm"])
            optimiser.step()
        model.eval()
        with torch.inference_mode():
            loss_of(model(part["validation"][0]), part["validation"][1]).item()
        moments.append(Moment())

    with torch.inference_mode():
        probability = torch.sigmoid(model(part["holdout"][0]))
    answer(
        moments[0],
        moments[-1],
        probability=probability.double().tolist(),
        figures={"epochs": len(moments)},
    )


if __name__ == "__main__":
    main()
