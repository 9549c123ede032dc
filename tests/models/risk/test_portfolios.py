import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.risk.convention import SMALL, STANDARD, Convention
from models.risk.portfolios import Positions, loss_tiles, measure_accounts, measure_groups, positions_of

CONFIDENCES = (0.95, 0.975, 0.99)
N_INSTRUMENTS, N_SCENARIOS = 6, 40
MOVES = np.random.default_rng(7).standard_t(4, (N_INSTRUMENTS, N_SCENARIOS)) * 0.01

held = st.dictionaries(
    st.integers(0, N_INSTRUMENTS - 1), st.floats(min_value=-1e7, max_value=1e7), max_size=N_INSTRUMENTS
)
books = st.lists(held, min_size=1, max_size=12)


def positions(book: list[dict[int, float]]) -> Positions:
    rows = [(account, i, value) for account, lot in enumerate(book) for i, value in lot.items()]
    accounts, instruments, values = zip(*rows, strict=True) if rows else ((), (), ())
    return positions_of(accounts, instruments, values, len(book))


def oracle(book: list[dict[int, float]], permille: int) -> list[tuple[float, float]]:
    """Plain Python: cents by scenario, then the type 7 quantile and the mean beyond it."""
    answer = []
    for lot in book:
        losses = sorted(
            -round(sum(v * 100 * MOVES[i, s] for i, v in lot.items())) for s in range(N_SCENARIOS)
        )
        below, rest = divmod((N_SCENARIOS - 1) * permille, 1000)
        quantile = losses[below] + (losses[below + 1] - losses[below]) * (rest / 1000)
        tail = [loss for loss in losses if loss >= quantile]
        answer.append((quantile / 100, sum(tail) / len(tail) / 100))
    return answer


@given(books)
def test_agrees_with_the_plain_oracle_to_the_cent(book: list[dict[int, float]]) -> None:
    found = measure_accounts(positions(book), MOVES, (0.95,)).accounts
    expected = np.array(oracle(book, 950))
    assert found.value_at_risk[:, 0] == pytest.approx(expected[:, 0], abs=0.011)
    assert found.expected_shortfall[:, 0] == pytest.approx(expected[:, 1], abs=0.011)


@given(books, st.integers(0, 12), st.integers(1, 12))
def test_any_split_into_partitions_and_tiles_gives_the_same_bits(
    book: list[dict[int, float]], cut: int, accounts_per_tile: int
) -> None:
    whole = measure_accounts(positions(book), MOVES, CONFIDENCES)
    parts = [
        measure_accounts(positions(part), MOVES, CONFIDENCES, accounts_per_tile=accounts_per_tile)
        for part in (book[:cut], book[cut:])
    ]
    for name in ("value_at_risk", "expected_shortfall", "kth_worst_loss"):
        joined = np.concatenate([getattr(part.accounts, name) for part in parts])
        assert joined.tobytes() == getattr(whole.accounts, name).tobytes()
    total = sum(part.group_profits_and_losses for part in parts)
    assert np.array_equal(total, whole.group_profits_and_losses)


@given(books)
def test_the_book_is_the_sum_of_its_accounts(book: list[dict[int, float]]) -> None:
    losses = np.concatenate(list(loss_tiles(positions(book), MOVES)))
    summed = [sum(int(cents) for cents in column) for column in losses.T]
    [found] = measure_accounts(positions(book), MOVES, CONFIDENCES).group_profits_and_losses
    assert (-found).tolist() == summed


@given(books, st.lists(st.integers(0, 3), min_size=12, max_size=12), st.integers(1, 12))
def test_groups_are_the_sums_of_their_accounts_and_add_up_to_the_book(
    book: list[dict[int, float]], group_of: list[int], accounts_per_tile: int
) -> None:
    members = np.zeros((4, len(book)))
    members[group_of[: len(book)], range(len(book))] = 1
    held = positions(book)
    found = measure_accounts(held, MOVES, CONFIDENCES, members, accounts_per_tile).group_profits_and_losses
    losses = np.concatenate(list(loss_tiles(held, MOVES)))
    for group in range(4):
        rows = [losses[account] for account in range(len(book)) if group_of[account] == group]
        assert (-found[group]).tolist() == [sum(column) for column in zip(*rows, strict=True)] or not rows
    whole = measure_accounts(held, MOVES, CONFIDENCES).group_profits_and_losses[0]
    assert np.array_equal(found.sum(axis=0), whole)


@given(books, st.permutations(range(N_INSTRUMENTS)))
def test_renumbering_instruments_moves_nothing_by_more_than_a_cent(
    book: list[dict[int, float]], order: list[int]
) -> None:
    renumbered = [{order[i]: value for i, value in lot.items()} for lot in book]
    moved = np.empty_like(MOVES)
    moved[order] = MOVES
    before = measure_accounts(positions(book), MOVES, CONFIDENCES).accounts
    after = measure_accounts(positions(renumbered), moved, CONFIDENCES).accounts
    assert after.value_at_risk == pytest.approx(before.value_at_risk, abs=0.011)


@given(books, st.floats(min_value=-1e9, max_value=1e9))
def test_adding_cash_changes_nothing(book: list[dict[int, float]], cash: float) -> None:
    moves = np.vstack([MOVES, np.zeros(N_SCENARIOS)])
    with_cash = [{**lot, N_INSTRUMENTS: cash} for lot in book]
    before = measure_accounts(positions(book), MOVES, CONFIDENCES)
    after = measure_accounts(positions(with_cash), moves, CONFIDENCES)
    assert after.accounts.value_at_risk.tobytes() == before.accounts.value_at_risk.tobytes()
    assert np.array_equal(after.group_profits_and_losses, before.group_profits_and_losses)


@given(books)
def test_shortfall_and_confidence_are_ordered(book: list[dict[int, float]]) -> None:
    found = measure_accounts(positions(book), MOVES, CONFIDENCES).accounts
    assert (found.expected_shortfall >= found.value_at_risk).all()
    assert (np.diff(found.value_at_risk, axis=1) >= 0).all()


def test_the_book_total_of_two_accounts_that_offset_is_zero() -> None:
    found = measure_accounts(positions([{0: 1000.0}, {0: -1000.0}]), MOVES, CONFIDENCES)
    book = measure_groups(found.group_profits_and_losses, CONFIDENCES)
    assert book.value_at_risk.tolist() == [[0.0, 0.0, 0.0]]
    assert found.accounts.value_at_risk.min() > 0


def test_an_account_without_positions_loses_nothing() -> None:
    assert measure_accounts(positions([{}]), MOVES, (0.99,)).accounts.value_at_risk.tolist() == [[0.0]]


def test_ten_scenarios_by_hand() -> None:
    moves = np.array([[-0.01, -0.02, -0.03, -0.04, -0.05, -0.06, -0.07, -0.08, -0.09, -0.10]])
    found = measure_accounts(positions([{0: 1000.0}]), moves, (0.9,)).accounts
    assert found.value_at_risk.tolist() == [[pytest.approx(91.0)]]
    assert found.expected_shortfall.tolist() == [[100.0]]
    # k = 10 - 9 + 1 = 2.
    assert found.kth_worst_loss.tolist() == [[90.0]]


def test_one_instrument_in_two_rows_of_an_account_is_refused() -> None:
    with pytest.raises(ValueError, match="account 1 are not in ascending order, once each"):
        positions_of([0, 1, 1], [3, 2, 2], [1.0, 1.0, 1.0], 2)


def test_a_missing_move_or_value_is_refused() -> None:
    with pytest.raises(ValueError, match="instrument moves: 1 of"):
        next(loss_tiles(positions([{0: 1.0}]), np.where(MOVES[2, 3] == MOVES, np.nan, MOVES)))
    with pytest.raises(ValueError, match="market values: 1 of 1"):
        positions([{0: np.nan}])


def test_an_instrument_without_moves_is_refused() -> None:
    with pytest.raises(ValueError, match=r"name instruments 0\.\.9, moves have 6"):
        next(loss_tiles(positions_of([0, 0], [0, 9], [1.0, 1.0], 1), MOVES))


def test_a_book_beyond_exact_cents_is_refused() -> None:
    with pytest.raises(ValueError, match="more than exact cents"):
        next(loss_tiles(positions([{0: 1e18}]), MOVES))


def test_the_convention_is_stored_as_one_stable_text() -> None:
    assert '"quantile_type":7' in STANDARD.text()
    assert '"window_sessions":500' in STANDARD.text()
    assert Convention().text() == STANDARD.text() != SMALL.text()


def test_a_convention_that_cannot_be_computed_is_refused() -> None:
    with pytest.raises(ValueError, match="horizon_days is 10"):
        Convention(horizon_days=10)
    with pytest.raises(ValueError, match="strictly between"):
        Convention(confidences=(0.95, 99.0))
