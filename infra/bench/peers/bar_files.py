"""Writes the same generated 1-minute bars as the files of several vendors; answers with the seconds that took."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from common import Job, Moment, answer
from pyarrow.csv import WriteOptions, write_csv

OHLC = ["open", "high", "low", "close"]


def generated(count: int, symbols: int) -> pd.DataFrame:
    """Random walks a symbol one after the other, prices of two decimals, from 2021 on."""
    random = np.random.default_rng(1)
    each = count // symbols
    close = np.round(100 * np.exp(np.cumsum(random.normal(0, 2e-4, each))), 2)
    open_ = np.concatenate([[100.0], close[:-1]])
    wick = np.round(random.exponential(0.02, (2, each)), 2)
    one = pd.DataFrame(
        {
            "time": pd.date_range("2021-01-01", periods=each, freq="min", tz="UTC"),
            "open": open_,
            "high": np.round(np.maximum(open_, close) + wick[0], 2),
            "low": np.round(np.minimum(open_, close) - wick[1], 2),
            "close": close,
            "volume": np.round(random.lognormal(3, 1, each), 3),
        }
    )
    return pd.concat([one.assign(symbol=f"SYM{i}") for i in range(symbols)], ignore_index=True)


def csv(header: str, *columns: object, delimiter: str = ",") -> bytes:
    """Rows of text below a header, which may be empty."""
    table = pa.table([pa.array(column) for column in columns], names=[str(i) for i in range(len(columns))])
    out = io.BytesIO()
    options = WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none")
    write_csv(table, out, write_options=options)
    return (header + "\n" if header else "").encode() + out.getvalue()


def times(bars: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Of each bar as 2021-01-01T00:00:00, and in seconds since 1970."""
    seconds = bars["time"].dt.tz_localize(None).to_numpy().astype("datetime64[s]")
    return np.datetime_as_string(seconds).tolist(), seconds.astype("int64")


def text_shapes(bars: pd.DataFrame, several: pd.DataFrame) -> dict[str, bytes]:
    """Text by file name, as each vendor writes it."""
    count = len(bars)
    iso, seconds = times(bars)
    several_iso, several_seconds = times(several)
    wall = bars["time"].dt.tz_convert("America/New_York").dt.tz_localize(None) + pd.Timedelta(hours=7)
    broker = np.datetime_as_string(wall.to_numpy().astype("datetime64[s]")).tolist()
    day_first = [f"{t[8:10]}.{t[5:7]}.{t[:4]} {t[11:19]}" for t in iso]
    ohlc = [bars[name] for name in OHLC]
    values = [*ohlc, bars["volume"]]
    lots = bars["volume"].astype("int64")

    def every(value: object) -> list[object]:
        return [value] * count

    kline = [seconds * 1000, *values]
    german = [[str(value).replace(".", ",") for value in column] for column in values]
    flat = [several[name] for name in ("open", "close", "high", "low")]
    zulu = [f"{t}Z" for t in iso]
    several_zulu = [f"{t}Z" for t in several_iso]
    rows = csv("", *kline).decode().split()
    return {
        "fleet.csv": csv("time,symbol,open,high,low,close,volume", zulu, bars["symbol"], *values),
        "fleet-several.csv": csv(
            "time,symbol,open,high,low,close,volume",
            several_zulu,
            several["symbol"],
            *(several[name] for name in (*OHLC, "volume")),
        ),
        "BTCUSDT-1m-2021-01.csv": csv(
            "", *kline, seconds * 1000 + 59_999, every(1234.5), every(42), every(6.1), every(250.5), every(0)
        ),
        "XBTUSD_1.csv": csv("", seconds, *values, every(3)),
        "DAT_ASCII_EURUSD_M1_2021.csv": csv(
            "",
            [f"{t[:4]}{t[5:7]}{t[8:10]} {t[11:13]}{t[14:16]}{t[17:19]}" for t in iso],
            *ohlc,
            every(0),
            delimiter=";",
        ),
        "EURUSD_M1_202101010000_202112312359.csv": csv(
            "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>",
            [t[:10].replace("-", ".") for t in broker],
            [t[11:] for t in broker],
            *ohlc,
            lots,
            every(0),
            every(2),
            delimiter="\t",
        ),
        "german.csv": csv("Datum;Eröffnung;Hoch;Tief;Schluss;Volumen", day_first, *german, delimiter=";"),
        "EURUSD_Candlestick_1_M_BID_01.01.2021-31.12.2021.csv": csv(
            "Gmt time,Open,High,Low,Close,Volume", [f"{t}.000" for t in day_first], *values
        ),
        "2021-01-04.csv": csv(
            "ticker,volume,open,close,high,low,window_start,transactions",
            several["symbol"],
            several["volume"].astype("int64"),
            *flat,
            several_seconds * 1_000_000_000,
            every(3),
        ),
        "xnas-itch.ohlcv-1m.csv": csv(
            "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume",
            seconds * 1_000_000_000,
            every(33),
            every(2),
            every(38),
            *((column * 100).round().astype("int64") * 10_000_000 for column in ohlc),
            lots,
        ),
        "BTC-USD_1m.csv": csv(
            ",open,high,low,close,volume", [f"{t.replace('T', ' ')}+00:00" for t in iso], *values
        ),
        "BTC_USDT-1m.json": ("[[" + "],[".join(rows) + "]]").encode(),
        "objects.json": (
            "["
            + ",".join(
                f'{{"time":"{t}","open":{o},"high":{h},"low":{low},"close":{c},"volume":{v}}}'
                for t, o, h, low, c, v in zip(zulu, *(column.tolist() for column in values), strict=True)
            )
            + "]"
        ).encode(),
    }


def write_packed(folder: Path, texts: dict[str, bytes]) -> None:
    """Each as it comes: some packed."""
    for name, data in texts.items():
        if name.startswith("BTCUSDT"):
            with zipfile.ZipFile(folder / name.replace(".csv", ".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(name, data)
        elif name.startswith("2021"):
            (folder / f"{name}.gz").write_bytes(gzip.compress(data, 6))
        elif name.startswith("xnas"):
            with pa.CompressedOutputStream(str(folder / f"{name}.zst"), "zstd") as out:
                out.write(data)
        else:
            (folder / name).write_bytes(data)


def main() -> None:
    job = Job()
    folder = Path(job.settings["folder"])
    start = Moment()
    bars = generated(job.settings["bars"], 1)
    write_packed(folder, text_shapes(bars, generated(job.settings["bars"], job.settings["symbols"])))
    table = bars[["time", *OHLC, "volume"]].rename(columns={"time": "date"})
    table.to_feather(folder / "BTC_USDT-1m.feather", compression="lz4")
    table.to_parquet(folder / "bars.parquet")
    answer(start, Moment())


if __name__ == "__main__":
    main()
