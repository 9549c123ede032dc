"""What the market-data system sends: instruments, bars, quotes."""

from collections.abc import Iterator
from typing import Any

from ingestion.simulator.euros import rate_draft
from ingestion.simulator.market import STEPS, Market, MarketDay
from ingestion.simulator.messages import Draft, draft
from ingestion.simulator.products import Product
from ingestion.simulator.randomness import generator
from ingestion.simulator.texts import MINUTE, SECOND, UNIT, decimal_text, instant_text
from ingestion.simulator.timeline import Day

INSTRUMENTS, BARS, QUOTES = "market.instruments.v1", "market.bars.v1", "market.quotes.v1"
VENUE = {"mic_code": "XNYS"}


def instrument(product: Product, level: str, effective: str, at: int, *, tradable: bool = True) -> Draft:
    """A product's master record from a day on."""
    basket: list[dict[str, str]] | None = [
        {"instrument_id": member, "weight_ratio": f"{weight // 10**8}.{weight % 10**8:08d}"}
        for member, weight in product.basket
    ] or None
    data: dict[str, Any] = {
        "effective_date": effective,
        "instrument_id": product.instrument_id,
        "mic_code": "XNYS",
        "instrument_name": product.name,
        "instrument_type": product.kind,
        "sector_name": product.sector,
        "currency_code": product.currency,
        "product_risk_level": level,
        "minimum_order_amount": decimal_text(product.minimum * UNIT),
        "is_tradable": tradable,
        "maturity_date": product.matures.isoformat() if product.matures else None,
        "basket": basket,
        "recorded_at": instant_text(at),
    }
    return draft(at, INSTRUMENTS, data)


def bars(market: Market, day: MarketDay, session: str, close_us: int) -> Iterator[Draft]:
    """One bar a product and the rate of the euro, published within minutes of the close."""
    columns = zip(
        market.products, day.open.tolist(), day.high.tolist(), day.low.tolist(), day.close.tolist(), day.traded.tolist(),
        strict=True,
    )  # fmt: skip
    for number, (product, opened, high, low, close, traded) in enumerate(columns):
        at = close_us + 2 * MINUTE + number * 40_000
        data = {
            "mic_code": "XNYS",
            "session_date": session,
            "instrument_id": product.instrument_id,
            "open_price": decimal_text(opened),
            "high_price": decimal_text(high),
            "low_price": decimal_text(low),
            "close_price": decimal_text(close),
            "traded_quantity": f"{traded}",
            "currency_code": product.currency,
            "published_at": instant_text(at),
        }
        yield draft(at, BARS, data)
    yield rate_draft(day.euro, session, close_us)


def quotes(market: Market, market_day: MarketDay, day: Day, per_stock: int) -> Iterator[Draft]:
    """Best prices of the stocks at random instants of trading hours, numbered by instrument in order of time."""
    random = generator(market.seed, "quotes", day.number)
    for place in market.index("stock"):
        fractions = sorted(random.random(per_stock).tolist())
        halves = random.uniform(0.5e-4, 2.5e-4, per_stock).tolist()
        sizes = random.integers(1, 40, (per_stock, 2)).tolist()
        for number, fraction in enumerate(fractions):
            at = day.at(0.001 + 0.998 * fraction)
            middle = market_day.seen[int(fraction * STEPS)][place]
            half = max(int(middle * halves[number]) // 100 * 100, 100)
            data = {
                "mic_code": "XNYS",
                "session_date": day.text,
                "instrument_id": market.products[place].instrument_id,
                "quote_number": number + 1,
                "bid_price": decimal_text(max(middle - half, 1)),
                "ask_price": decimal_text(middle + half),
                "bid_quantity": f"{sizes[number][0]}00",
                "ask_quantity": f"{sizes[number][1]}00",
                "currency_code": "USD",
                "quoted_at": instant_text(at),
            }
            yield draft(at + SECOND // 100, QUOTES, data)
