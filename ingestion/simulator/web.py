"""Lines of the web server's access log, Apache combined format."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ingestion.simulator.clients import Population
from ingestion.simulator.market import Market
from ingestion.simulator.messages import LogLine
from ingestion.simulator.randomness import generator
from ingestion.simulator.texts import SECOND
from ingestion.simulator.timeline import Day

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/107.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.1",
    "curl/7.85.0",
)
PATHS = (
    "/",
    "/login",
    "/news",
    "/help/fees",
    "/api/quotes?symbol={}",
    "/products/{}",
    "/static/site.css",
    "/about",
)
STATUSES = (200, 200, 200, 200, 200, 200, 304, 302, 404, 500)


def web_file(day: Day) -> str:
    """The log file of a session."""
    return f"access-{day.text}.log"


def web_lines(people: Population, market: Market, day: Day, count: int, seed: int) -> Iterator[LogLine]:
    """A session's requests in order of time, some of them equal to the letter."""
    random = generator(seed, "web", day.number)
    first = day.off_hours(0.0)
    instants = sorted((first + random.random(count) * (day.closes - SECOND - first)).astype("int64").tolist())
    picks = random.random((count, 6)).tolist()
    for at, (who, path, product, status, size, agent) in zip(instants, picks, strict=True):
        address = people.ip_addresses[int(who * 3 * len(people)) % len(people)]
        name = market.products[int(product * len(market.products))].instrument_id.split(":")[1]
        target = PATHS[int(path * len(PATHS))].format(name)
        code = STATUSES[int(status * len(STATUSES))]
        length = "-" if code == 304 else str(200 + int(size * 40_000))
        referrer = "-" if agent < 0.4 else "https://broker.example/"
        line = (
            f'{address} - - [{_apache(at)}] "GET {target} HTTP/1.1" {code} {length} "{referrer}" '
            f'"{AGENTS[int(agent * len(AGENTS))]}"'
        )
        yield LogLine("web", web_file(day), line.encode(), at)
        # A page that is asked for twice within a second gives two equal lines; both are requests.
        if size < 0.01:
            yield LogLine("web", web_file(day), line.encode(), at)


def _apache(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
