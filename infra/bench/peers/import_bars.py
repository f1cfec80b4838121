"""What a quant would write: pandas reads the file, COPY stores it in PostgreSQL. Nothing is checked."""

import io

import pandas as pd
import psycopg
from common import Job, Moment, answer

VALUES = ["open", "high", "low", "close", "volume"]


def read(file: str, how: str) -> pd.DataFrame:
    """Columns time, symbol and the five values."""
    if how == "own":
        return pd.read_csv(file)
    if how == "parquet":
        bars = pd.read_parquet(file).rename(columns={"date": "time"})
    elif how == "feather":
        bars = pd.read_feather(file).rename(columns={"date": "time"})
    else:
        names = ["time", *VALUES]
        if how == "klines":
            bars = pd.read_csv(file, header=None, usecols=range(6), names=names)
        else:
            bars = pd.read_json(file, convert_dates=False)
            bars.columns = names
        bars["time"] = pd.to_datetime(bars["time"], unit="ms", utc=True)
    return bars.assign(symbol="PEER")


def main() -> None:
    job = Job()
    start = Moment()
    bars = read(job.settings["file"], job.settings["how"])[["time", "symbol", *VALUES]]
    text = io.StringIO()
    bars.to_csv(text, index=False, header=False)
    with psycopg.connect(job.settings["url"]) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY market_data (time, symbol, open, high, low, close, volume) FROM STDIN (FORMAT csv)") as copy:
            copy.write(text.getvalue())
    answer(start, Moment())


if __name__ == "__main__":
    main()
