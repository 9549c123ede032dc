"""Value at risk of the accounts of one partition, and what they add to their groups: Arrow batches in, Arrow batches out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from jobs.risk.account_blocks import ROWS_A_BLOCK, blocks
from jobs.risk.group_parts import Groups, as_parts, with_no_part
from jobs.risk.risk_rows import RiskRows
from jobs.risk.session_moves import MovesOfSessions
from jobs.risk.session_positions import SessionPositions, members_matrix, session_positions
from models.risk.portfolios import measure_accounts


@dataclass(frozen=True)
class AccountRisk:
    """Measures accounts under one convention. Sessions whose window has fewer than `min_scenarios` give no rows."""

    moves_of: MovesOfSessions
    rows: RiskRows
    min_scenarios: int
    rows_a_block: int = ROWS_A_BLOCK

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Rows of `laid_out` to rows of PARTS."""
        for session, rows in blocks(batches, self.rows_a_block):
            held = session_positions(session, rows, self.moves_of)
            if held.under.n_scenarios >= self.min_scenarios:
                yield from self._measured(session, held).to_batches()

    def _measured(self, session: date, held: SessionPositions) -> pa.Table:
        groups = held.groups()
        members = members_matrix(list(groups.values()), len(held.account_ids))
        found = measure_accounts(held.positions, held.moves, self.rows.convention.confidences, members)
        accounts = self.rows.published(session, held.accounts(), found.accounts, held.under.n_scenarios)
        of_groups = Groups(
            types=[kind for kind, _ in groups],
            ids=[name for _, name in groups],
            profits=found.group_profits_and_losses,
            held_ids=held.held_ids,
            holds=members @ held.holds,
            exact_values=(members @ held.exact_values).toarray(),
            n_positions=members @ np.diff(held.positions.offsets),
        )
        return pa.concat_tables([with_no_part(accounts), as_parts(pa.scalar(session), of_groups)])
