import numpy as np
import pytest
from scipy.stats import kstest, norm, t

from models.risk.monte_carlo import PAIRS_PER_BLOCK, draw, factors, lower_tail, standard_error
from models.risk.value_at_risk import historical_expected_shortfall, historical_value_at_risk

COVARIANCES = np.array([[0.04, 0.018], [0.018, 0.09]])
SEED = 20_221_223


def drawn(n_blocks: int, degrees_of_freedom: float | None = None) -> np.ndarray:
    of = factors(COVARIANCES)
    return np.concatenate([draw(of, SEED, block, degrees_of_freedom) for block in range(n_blocks)])


def test_draws_have_the_covariances() -> None:
    moves = drawn(40)
    assert len(moves) == 40 * 2 * PAIRS_PER_BLOCK
    assert np.abs(moves.mean(axis=0)).max() < 1e-12
    assert np.cov(moves.T, bias=True) == pytest.approx(COVARIANCES, rel=0.02)


def test_value_at_risk_lies_within_its_errors_of_the_closed_form() -> None:
    weights = np.array([3.0, -1.0])
    deviation = float(np.sqrt(weights @ COVARIANCES @ weights))
    profits = drawn(40) @ weights
    for confidence, z, shortfall in ((0.95, 1.644854, 2.062713), (0.99, 2.326348, 2.665214)):
        error = standard_error(-profits, confidence)
        assert abs(historical_value_at_risk(profits, confidence) - z * deviation) < 3 * error
        assert abs(historical_expected_shortfall(profits, confidence) - shortfall * deviation) < 4 * error


def test_a_t_copula_has_normal_margins_and_joint_extremes() -> None:
    normal, heavy = drawn(20), drawn(20, 3.0)
    # Of one half: the other is its mirror image.
    assert kstest(heavy[:PAIRS_PER_BLOCK, 0] / 0.2, norm.cdf).pvalue > 0.01

    def both_beyond(moves: np.ndarray) -> float:
        return float(np.mean((moves[:, 0] < -2.6 * 0.2) & (moves[:, 1] < -2.6 * 0.3)))

    assert both_beyond(heavy) > 4 * both_beyond(normal)


def test_a_block_depends_on_its_seed_and_number_only() -> None:
    of = factors(COVARIANCES)
    again = [draw(of, SEED, block, 4.0) for block in (2, 0, 1)]
    assert np.array_equal(np.concatenate([again[1], again[2], again[0]]), drawn(3, 4.0))
    assert not np.array_equal(draw(of, SEED, 0), draw(of, SEED + 1, 0))


def test_every_draw_has_its_opposite() -> None:
    block = drawn(1, 5.0)
    assert np.array_equal(block[:PAIRS_PER_BLOCK], -block[PAIRS_PER_BLOCK:])


def test_covariances_that_are_none_are_mended_and_it_is_said() -> None:
    impossible = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    of = factors(impossible)
    mended = of.root @ of.root.T
    assert np.diag(mended) == pytest.approx([1, 1, 1])
    assert np.linalg.eigvalsh(mended).min() > -1e-12
    assert of.adjusted == pytest.approx(np.abs(mended - impossible).max())
    assert of.adjusted > 0.3
    assert factors(COVARIANCES).adjusted == 0.0


def test_what_does_not_move_does_not_move() -> None:
    of = factors([[0.04, 0.0], [0.0, 0.0]])
    assert of.adjusted == 0.0
    assert np.abs(draw(of, SEED, 0)[:, 1]).max() == 0.0


@pytest.mark.parametrize("covariances", [[[1.0, 0.5], [0.4, 1.0]], [[-1.0]], [1.0, 2.0]])
def test_what_is_no_covariance_is_refused(covariances: list) -> None:
    with pytest.raises(ValueError, match="no symmetric matrix"):
        factors(covariances)


def test_the_error_is_that_of_many_repetitions() -> None:
    generator = np.random.default_rng(5)
    samples = generator.standard_normal((400, 4_000))
    spread = np.std(np.quantile(samples, 0.99, axis=1))
    found = np.mean([standard_error(sample, 0.99) for sample in samples])
    assert found == pytest.approx(spread, rel=0.15)


def test_too_few_losses_have_no_error() -> None:
    with pytest.raises(ValueError, match="50 losses are too few"):
        standard_error(np.arange(50.0), 0.99)


@pytest.mark.parametrize("distance", [0.0, 1e-9, 0.3, 1.0, 2.776445105197793, 20.0, 1e4, 1e9])
def test_the_closed_tail_of_four_degrees_is_scipys(distance: float) -> None:
    closed = lower_tail(np.array([distance]), 4.0)[0]
    assert closed == pytest.approx(t.cdf(-distance, 4), rel=1e-13)


def test_tails_of_other_degrees() -> None:
    # Tables of Student's t: 2.5 % beyond 4.302653 with 2 degrees, 2.776445 with 4.
    assert lower_tail(np.array([4.302652729749464]), 2.0)[0] == pytest.approx(0.025)
    assert lower_tail(np.array([2.776445105197793]), 4.0)[0] == pytest.approx(0.025)
