"""What money in one currency is worth in another at the end of a session: the one rule for profit and loss and for risk.

The rate of a session is the last one published up to it that is at most so many days old; a currency is worth 1 of itself.
Rates are quoted from the currency into the other (EUR in USD: dollars for one euro) and are neither turned round nor chained
through a third. Where one is wanted and there is none, the job fails and says which: nothing is added up without a rate.
What is nothing needs no rate.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.session_days import last_known

BOOK_CURRENCY = "USD"
"""ISO 4217 code of what amounts of several currencies are added up in, unless params say another."""
_PAIR = ["session_date", "currency_code", "into_currency_code"]


@dataclass(frozen=True)
class Rates:
    """known: session_date, currency_code, into_currency_code, exchange_rate; of each session and pair the rate that holds.

    age_days: how old a rate may be.
    """

    known: DataFrame
    age_days: int

    def looked_up(self, rows: DataFrame, into: Column | str) -> DataFrame:
        """The rows with exchange_rate, from their currency_code into another: 1 into itself, null where there is none."""
        target = F.lit(into) if isinstance(into, str) else into
        rate = F.when(_is_same(), F.lit(1)).otherwise(F.col("exchange_rate"))
        return (
            rows.withColumn("into_currency_code", target)
            .join(F.broadcast(self.known), on=_PAIR, how="left")
            .withColumn("exchange_rate", rate.cast("decimal(18,8)"))
        )

    def translated(self, rows: DataFrame, into: Column | str, *amounts: str) -> DataFrame:
        """The rows with these amounts in another currency; currency_code still says what they were in.

        An amount in another currency is rounded half-up to 4 places. A run that needs a rate that there is not fails.
        """
        with_rates = self.looked_up(rows, into)
        told = with_rates.withColumns({name: self.of(F.col(name)) for name in amounts})
        return told.select(*rows.columns)

    def of(self, amount: Column) -> Column:
        """An amount of a row of `looked_up` in the other currency, decimal(20,4)."""
        needs_none = _is_same() | (amount == 0)
        # 19 and 18 digits multiply exactly within Spark's 38.
        exact = amount.cast("decimal(19,4)") * F.col("exchange_rate")
        return (
            F.when(amount.isNull() | needs_none, amount.cast("decimal(20,4)"))
            .when(F.col("exchange_rate").isNotNull(), F.round(exact, 4).cast("decimal(20,4)"))
            .otherwise(F.raise_error(self._missing()))
        )

    def _missing(self) -> Column:
        return F.concat(
            F.lit("what is held in "),
            F.col("currency_code"),
            F.lit(" on "),
            F.col("session_date").cast("string"),
            F.lit(" cannot be told in "),
            F.col("into_currency_code"),
            F.lit(
                f": no rate between them is at most {self.age_days} days old. Send market.exchange_rates.v1 with "
            ),
            F.col("currency_code"),
            F.lit(" as its base currency"),
        )


def _is_same() -> Column:
    return F.col("currency_code") == F.col("into_currency_code")


def rates_at(exchange_rates: DataFrame, days: DataFrame, age_days: int) -> Rates:
    """Of each of the days (session_date): pairs x days rows. The same age is asked of a rate as of a close."""
    quoted = exchange_rates.select(
        F.col("session_date").alias("quoted_date"),
        F.col("base_currency_code").alias("currency_code"),
        F.col("quote_currency_code").alias("into_currency_code"),
        "exchange_rate",
    )
    known = last_known(quoted, "quoted_date", days, age_days, *_PAIR[1:], value="exchange_rate")
    return Rates(known.drop("quoted_date"), age_days)
