from evaluation.statements import judge, told
from ingestion.simulator.truth import StatementBreak

CASH = StatementBreak("2022-12-23", "account-1", "USD", "cash_differs")
EXTRA = StatementBreak("2022-12-23", "account-2", "bond", "not_in_books")
CORRECTED = StatementBreak("2022-12-23", "account-3", "stock", "quantity_differs")


def holds(*sets: list[StatementBreak]) -> list[bool]:
    result = judge(*sets, corrected={("2022-12-23", "account-3")})
    return [fact.holds for fact in told(result).facts]


def test_planted_and_found() -> None:
    assert holds([CASH, CORRECTED], [CASH]) == [True, True]


def test_what_was_planted_is_found_under_its_own_name() -> None:
    other = StatementBreak("2022-12-23", "account-1", "USD", "fees_not_charged")
    assert holds([CASH], [other]) == [False, False]


def test_nobody_planted_it() -> None:
    assert holds([CASH], [CASH, EXTRA]) == [True, False]


def test_accounts_that_were_corrected_since_are_counted_apart() -> None:
    result = judge([], [CORRECTED], {("2022-12-23", "account-3")})
    assert (result.extra, result.n_corrected) == ((), 1)


def test_the_same_account_in_another_session_is_not_corrected() -> None:
    assert holds([], [StatementBreak("2022-12-16", "account-3", "stock", "quantity_differs")]) == [
        True,
        False,
    ]
