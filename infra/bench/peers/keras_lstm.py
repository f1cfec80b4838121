"""The same LSTM in Keras; the time is that of all epochs but the first, which builds the graph."""

import numpy as np
import tensorflow as tf
from common import Job, Moment, answer, parts, windows
from tensorflow import keras


def build(steps: int, features: int, units: list[int], learning_rate: float, clip_norm: float) -> keras.Model:
    layers = [
        keras.layers.LSTM(size, return_sequences=i < len(units) - 1) for i, size in enumerate(units)
    ]
    model = keras.Sequential([keras.Input((steps, features)), *layers, keras.layers.Dense(1, "sigmoid")])
    model.compile(
        keras.optimizers.Adam(learning_rate, global_clipnorm=clip_norm), keras.losses.BinaryCrossentropy()
    )
    return model


class EpochEnds(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.moments: list[Moment] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.moments.append(Moment())


def main() -> None:
    job = Job()
    settings = job.settings
    tf.config.threading.set_intra_op_parallelism_threads(job.threads)
    tf.config.threading.set_inter_op_parallelism_threads(job.threads)
    keras.utils.set_random_seed(settings["seed"])

    table, labels = job.array("table"), job.array("labels").astype(np.float32)
    steps = settings["window"]
    part = {name: (windows(table, rows, steps), labels[rows]) for name, rows in parts(job).items()}
    units = [settings["units"]] * settings["layers"]
    model = build(steps, table.shape[1], units, settings["learning_rate"], settings["clip_norm"])
    ends = EpochEnds()
    model.fit(
        *part["train"],
        batch_size=settings["batch_size"],
        epochs=settings["epochs"],
        validation_data=part["validation"],
        shuffle=True,
        callbacks=[ends],
        verbose=0,
    )
    probability = model.predict(part["holdout"][0], batch_size=64, verbose=0)[:, 0]
    answer(
        ends.moments[0],
        ends.moments[-1],
        probability=probability.astype(float).tolist(),
        figures={"epochs": len(ends.moments)},
    )


if __name__ == "__main__":
    main()
