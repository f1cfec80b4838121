"""scikit-learn's soft vote: of the members of the usual Python ensemble, or of those that it fits fastest."""

from common import Job, Moment, answer
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LogisticRegression


def build(job: Job, trees: int, rounds: int) -> VotingClassifier:
    seed = job.settings["seed"]
    if job.settings["fast"]:
        # HistGradientBoosting takes its threads by OMP_NUM_THREADS.
        size = {"n_jobs": job.threads, "random_state": seed}
        fast = [
            ("forest", RandomForestClassifier(trees, **size)),
            ("extra", ExtraTreesClassifier(trees, **size)),
            ("boosting", HistGradientBoostingClassifier(max_iter=rounds, random_state=seed)),
            ("logistic", LogisticRegression(max_iter=1000)),
        ]
        return VotingClassifier(fast, voting="soft")
    forest = RandomForestClassifier(trees, n_jobs=job.threads, random_state=seed, **job.settings["forest"])
    boosting = GradientBoostingClassifier(n_estimators=rounds, random_state=seed, **job.settings["boosting"])
    logistic = LogisticRegression(max_iter=1000)
    members = [("forest", forest), ("boosting", boosting), ("logistic", logistic)]
    return VotingClassifier(members, voting="soft")


def main() -> None:
    job = Job()
    rows, labels = job.array("train"), job.array("train_labels")
    build(job, trees=2, rounds=2).fit(rows[:500], labels[:500])

    start = Moment()
    model = build(job, job.settings["trees"], job.settings["rounds"]).fit(rows, labels)
    end = Moment()
    answer(start, end, probability=model.predict_proba(job.array("holdout"))[:, 1].tolist())


if __name__ == "__main__":
    main()
