"""Gradient boosting by Python's lightgbm: data set, rounds; after a small one that warms up."""

import lightgbm
import numpy as np
from common import Job, Moment, answer


def fit(job: Job, rows: np.ndarray, labels: np.ndarray, rounds: int) -> lightgbm.Booster:
    params = {**job.settings["params"], "num_threads": job.threads, "verbosity": -1}
    return lightgbm.train(params, lightgbm.Dataset(rows, labels), num_boost_round=rounds)


def main() -> None:
    job = Job()
    rows, labels = job.array("train"), job.array("train_labels").astype(np.float32)
    fit(job, rows, labels, rounds=5)

    start = Moment()
    model = fit(job, rows, labels, job.settings["rounds"])
    end = Moment()
    answer(start, end, probability=model.predict(job.array("holdout")).tolist())


if __name__ == "__main__":
    main()
