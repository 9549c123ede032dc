import hashlib

import pytest

from models.risk.alert_identity import alert_id, alert_id_sql, alert_text


def test_the_text_is_rule_version_entity_and_window() -> None:
    assert alert_text("R30", 1, "client-7", 1671805800000000) == "R30|1|client-7|1671805800000000"


def test_the_id_is_half_a_sha256_of_the_text() -> None:
    digest = hashlib.sha256(b"R30|1|client-7|1671805800000000").hexdigest()
    assert alert_id("R30", 1, "client-7", 1671805800000000) == digest[:32]


# Printed by `printf 'R30|1|client-7|1671805800000000' | sha256sum | cut -c1-32`.
def test_the_id_is_what_a_shell_computes() -> None:
    assert alert_id("R30", 1, "client-7", 1671805800000000) == "c25bd8b8e50a0c512c62e6803786ac79"


@pytest.mark.parametrize("entity", ["", "a|b"])
def test_an_ambiguous_entity_is_refused(entity: str) -> None:
    with pytest.raises(ValueError, match="entity is"):
        alert_id("R30", 1, entity, 0)


def test_the_sql_spells_the_same_text() -> None:
    assert alert_id_sql("R07", 2, "account_id", "window_start_us") == (
        "substring(sha2(concat_ws('|', 'R07', '2', account_id, cast(window_start_us AS string)), 256), 1, 32)"
    )
