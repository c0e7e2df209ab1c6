"""Who answers for each kind of subject that can be approved. A room that adds a kind adds its line here."""

from __future__ import annotations

from collections.abc import Mapping

from core.approvals import SubjectKind
from usecases.ownership import Owner

OWNERS: Mapping[SubjectKind, Owner] = {}
