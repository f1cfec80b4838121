"""What a quant would try first, fitted on the rows that our models were fitted and chosen on."""

import warnings

import numpy as np
from common import Job, Moment, answer
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")


def lags(close: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """Five lagged returns and the log of the volume."""
    returns = np.diff(np.log(close), prepend=np.log(close[0]))
    return np.stack([*(np.roll(returns, n) for n in range(5)), np.log(volume)], axis=1)


def boosting(seed: int) -> LGBMClassifier:
    sizes = {"n_estimators": 100, "learning_rate": 0.05, "num_leaves": 8, "min_child_samples": 20}
    return LGBMClassifier(**sizes, n_jobs=1, verbose=-1, random_state=seed)


def main() -> None:
    job = Job()
    first, last, asked = (job.settings[name] for name in ("first", "last", "asked"))
    start = Moment()
    values: dict[str, list[float]] = {"LR25": [], "lag logistic": [], "lag LightGBM": [], "MLP": [], "best possible": []}
    count = job.settings["series"]
    closes, volumes, features, rises = (job.array(name) for name in ("close", "volume", "features", "rise"))
    for i in range(count):
        close, rise = closes[i], rises[i]
        rose = close[1:] > close[:-1]
        recent = lags(close, volumes[i])
        fit, ask = slice(first, last), slice(asked, len(close) - 1)

        def accuracy(model: object, columns: np.ndarray) -> float:
            scaler = StandardScaler().fit(columns[fit])
            model.fit(scaler.transform(columns[fit]), rose[fit])
            return float((model.predict(scaler.transform(columns[ask])) == rose[ask]).mean())

        values["LR25"].append(accuracy(LogisticRegression(max_iter=1000), features[i]))
        values["lag logistic"].append(accuracy(LogisticRegression(max_iter=1000), recent))
        values["lag LightGBM"].append(accuracy(boosting(i), recent))
        network = MLPClassifier((16,), alpha=0.01, early_stopping=True, max_iter=300, random_state=i)
        values["MLP"].append(accuracy(network, recent))
        values["best possible"].append(float(np.maximum(rise[ask], 1 - rise[ask]).mean()))
    answer(start, Moment(), values=values)


if __name__ == "__main__":
    main()
