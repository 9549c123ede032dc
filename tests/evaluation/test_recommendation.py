from datetime import date, timedelta
from decimal import Decimal
from math import log2

import pandas as pd
import pytest

from evaluation.known import Known
from evaluation.offers import BySession, Params, Record, by_session, cuts, offers_at
from evaluation.recommendation import Offer, coverages, judge, judge_tastes, popular_first
from models.intervals import Resampling

RESAMPLING = Resampling(n_draws=20)
MONDAY = date(2022, 12, 5)
SESSIONS = [MONDAY + timedelta(days=number) for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11)]
FRIDAY, NEXT_FRIDAY = SESSIONS[4], SESSIONS[9]
LATELY, LONG_AGO = FRIDAY - timedelta(days=30), FRIDAY - timedelta(days=31)


def test_popularity_takes_what_may_be_chosen_and_breaks_ties_by_identifier() -> None:
    interest = {"b": 2, "a": 2, "c": 9, "d": 1}
    assert popular_first(interest, {"a", "b", "d", "e"}) == ("a", "b", "d")
    assert popular_first(interest, {"a", "b", "d", "e"}, k=1) == ("a",)


def test_cuts_are_weekly_and_have_a_whole_horizon_after_them() -> None:
    assert cuts(SESSIONS, SESSIONS, Params(horizon_sessions=1)) == (FRIDAY, SESSIONS[8])
    assert cuts(SESSIONS, SESSIONS, Params(horizon_sessions=5)) == (FRIDAY,)
    assert cuts([NEXT_FRIDAY], SESSIONS, Params(horizon_sessions=5)) == ()
    assert cuts(SESSIONS, SESSIONS, Params(horizon_sessions=10)) == ()


def frame(*rows: tuple[date, str, str]) -> BySession:
    return by_session(pd.DataFrame(list(rows), columns=["session_date", "client_id", "instrument_id"]))


def recommended(*rows: tuple[date, str, int, int, str]) -> BySession:
    columns = ["session_date", "client_id", "rank", "revision", "instrument_id"]
    return by_session(pd.DataFrame(list(rows), columns=columns))


def free_cash(*rows: tuple[date, str, str]) -> BySession:
    columns = ["session_date", "client_id", "free_cash_amount"]
    return by_session(pd.DataFrame([(day, who, Decimal(cash)) for day, who, cash in rows], columns=columns))


def known_at(day: date) -> Known:
    levels = {"a": 1, "b": 1, "c": 1, "d": 1, "sold": 1, "dear": 1, "wild": 5}
    smallest = {each: Decimal(900 if each == "dear" else 100) for each in levels}
    return Known({"anna": 1}, levels, frozenset(levels), smallest)


def test_an_offer_knows_only_what_was_before_the_cut() -> None:
    record = Record(
        recommended(
            (FRIDAY, "anna", 2, 1, "c"),
            (FRIDAY, "anna", 1, 1, "b"),
            (FRIDAY, "anna", 1, 2, "d"),
            (NEXT_FRIDAY, "anna", 1, 1, "d"),
        ),
        interactions=frame(
            (MONDAY, "bert", "c"), (FRIDAY, "carl", "c"), (FRIDAY, "bert", "c"), (MONDAY, "bert", "wild"),
            (MONDAY, "bert", "sold"), (MONDAY, "bert", "dear"),
            (MONDAY, "bert", "a"), (MONDAY, "carl", "b"), (SESSIONS[5], "bert", "d"), (SESSIONS[5], "anna", "a"),
            (SESSIONS[6], "anna", "d"), (SESSIONS[7], "anna", "c"),
        ),
        purchases=frame((FRIDAY, "anna", "c"), (SESSIONS[5], "anna", "b"), (SESSIONS[6], "anna", "a")),
        sales=frame(
            (LATELY, "anna", "sold"), (LONG_AGO, "anna", "d"), (SESSIONS[5], "anna", "b"), (FRIDAY, "bert", "c")
        ),
        holdings=frame((FRIDAY, "anna", "a"), (MONDAY, "anna", "b"), (FRIDAY, "bert", "c")),
        cash=free_cash((FRIDAY, "anna", "899.99"), (MONDAY, "anna", "5000"), (FRIDAY, "bert", "5000")),
    )  # fmt: skip
    (offer,) = offers_at(FRIDAY, record, [LONG_AGO, LATELY, *SESSIONS], known_at, Params(horizon_sessions=2))
    # The first revision, by rank. She holds a, may not have wild, sold one product thirty days before and has
    # no cash for another; d, which she sold a day earlier, got popular only later.
    assert offer.recommended == ("b", "c")
    assert offer.may_choose == {"b", "c", "d"}
    assert offer.popular == ("c", "b")
    # Within two sessions after Friday, and not a, which she held.
    assert offer.bought == {"b"}
    assert offer.turned_to == {"d"}


def offer(client_id: str, cut: date, recommended: str, popular: str, bought: str) -> Offer:
    return Offer(client_id, cut, tuple(recommended), tuple(popular), frozenset("abcdefgh"), frozenset(bought))


def test_quality_is_the_mean_over_clients_of_their_own_cuts() -> None:
    made = [
        offer("anna", FRIDAY, "ab", "xa", "a"),
        offer("anna", NEXT_FRIDAY, "ab", "xy", "z"),
        offer("bert", FRIDAY, "ba", "ab", "a"),
        offer("carl", FRIDAY, "ab", "ab", ""),
    ]
    found = judge(made, "bought", RESAMPLING)
    assert found is not None
    assert (found.n_cuts, found.n_clients, found.n_left_out) == (2, 2, 1)
    second_place = 1 / log2(3)
    # anna: 1 and 0, so 0.5; bert: found at the second place.
    assert found.ndcg["recommended"].value == pytest.approx((0.5 + second_place) / 2)
    assert found.ndcg["popular"].value == pytest.approx((second_place / 2 + 1) / 2)
    assert found.recall["recommended"].value == pytest.approx(0.75)
    assert found.lead.value == pytest.approx((0.5 + second_place - second_place / 2 - 1) / 2)


def test_nobody_wanted_anything() -> None:
    assert judge([offer("anna", FRIDAY, "ab", "ab", "")], "bought", RESAMPLING) is None


def test_coverage_is_of_all_lists_at_a_cut() -> None:
    made = [
        offer("anna", FRIDAY, "ab", "a", ""),
        offer("bert", FRIDAY, "bc", "a", ""),
        offer("anna", NEXT_FRIDAY, "a", "a", ""),
    ]
    # Three of ten products, then one; always one.
    assert coverages(made, 10) == pytest.approx({"recommended": 0.2, "popular": 0.1})


def test_tastes_count_what_is_liked_and_may_be_chosen() -> None:
    made = [offer("anna", FRIDAY, "abcd", "ae", ""), offer("bert", FRIDAY, "a", "b", "")]
    found = judge_tastes(made, {"anna": {"a", "b", "z"}, "bert": {"z"}}, RESAMPLING)
    assert found is not None
    # anna likes a and b of the eight that she may choose; z she may not. bert likes nothing that he may choose.
    assert (found.n_clients, found.n_left_out) == (1, 1)
    assert (found.share["recommended"].value, found.share["popular"].value) == (0.5, 0.5)
    assert found.chance == 0.25
