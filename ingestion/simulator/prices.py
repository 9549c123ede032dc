"""Closes of every product, in ten-thousandths: stocks real, the rest derived from them or simulated."""

import gzip
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingestion.simulator.euros import DOLLAR, EURO
from ingestion.simulator.products import TICKERS, WEIGHT_UNIT, Product
from ingestion.simulator.randomness import generator
from ingestion.simulator.texts import UNIT

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
FIRST_NET_ASSET_VALUE = 100.0
COUPON_RATIO = 0.03


@dataclass(frozen=True)
class Closes:
    """closes: adjusted, sessions x products, in ten-thousandths. volatility: of a product's daily return, one standard deviation."""

    closes: Integers
    volatility: Floats


def stock_closes(dates: tuple[date, ...]) -> pd.DataFrame:
    """Real adjusted closes, session x ticker, from the file inside the skfolio package: no network, no home folder.

    Raises FileNotFoundError without the package, KeyError where a session has no close.
    """
    spec = find_spec("skfolio")
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "the simulator plays on skfolio's bundled closes: install the demo dependencies"
        )
    path = Path(spec.origin).parent / "datasets" / "data" / "sp500_dataset.csv.gz"
    with gzip.open(path, mode="rt", encoding="utf-8") as lines:
        frame = pd.read_csv(lines, index_col=0)
    return frame.loc[[day.isoformat() for day in dates], list(TICKERS)]


def all_closes(products: tuple[Product, ...], dates: tuple[date, ...], seed: int) -> Closes:
    """Closes of all products on all sessions."""
    stocks = stock_closes(dates).to_numpy(dtype=np.float64)
    funds = net_asset_values(stocks, _weights(products))
    bonds = _bond_prices([each for each in products if each.matures], dates, seed)
    deposits = np.ones((len(dates), sum(each.kind == "deposit" for each in products)))
    closes = np.hstack([stocks, funds, bonds, deposits])
    returns = closes[1:] / closes[:-1] - 1.0
    return Closes(np.rint(closes * UNIT).astype(np.int64), returns.std(axis=0))


def net_asset_values(stocks: Floats, weights: Floats) -> Floats:
    """Funds' values: from 100 on, chained by their baskets' simple returns. stocks: sessions x stocks; weights: stocks x funds."""
    moves = stocks[1:] / stocks[:-1] - 1.0
    grown = np.cumprod(1.0 + moves @ weights, axis=0)
    return FIRST_NET_ASSET_VALUE * np.vstack([np.ones(weights.shape[1]), grown])


def _weights(products: tuple[Product, ...]) -> Floats:
    place = {product.instrument_id: row for row, product in enumerate(products[: len(TICKERS)])}
    funds = [product for product in products if product.kind == "fund"]
    weights = np.zeros((len(TICKERS), len(funds)))
    for column, fund in enumerate(funds):
        for instrument_id, weight in fund.basket:
            weights[place[instrument_id], column] = weight / WEIGHT_UNIT
    return weights


def _bond_prices(bonds: list[Product], dates: tuple[date, ...], seed: int) -> Floats:
    """Per 100 of face, a yearly coupon, at one mean-reverting yield a currency with a spread by maturity."""
    yields = {
        DOLLAR: _yields(len(dates), seed, "yields", 0.02, 0.03),
        EURO: _yields(len(dates), seed, "yields of euros", 0.005, 0.015),
    }
    columns = [
        _prices_of(bond, dates, yields[bond.currency] + 0.0008 * number) for number, bond in enumerate(bonds)
    ]
    return np.column_stack(columns)


def _yields(n_sessions: int, seed: int, name: str, level: float, mean: float) -> Floats:
    found = np.empty(n_sessions)
    for row, shock in enumerate(generator(seed, name).standard_normal(n_sessions)):
        level += 0.004 * (mean - level) + 0.0005 * shock
        found[row] = level
    return found


def _prices_of(bond: Product, dates: tuple[date, ...], yields: Floats) -> Floats:
    assert bond.matures is not None
    years = np.array([(bond.matures - day).days / 365.25 for day in dates])
    discount = np.exp(-yields * years)
    annuity = (1.0 - discount) / np.where(np.abs(yields) < 1e-6, 1e-6, yields)
    return 100.0 * (discount + COUPON_RATIO * annuity)
