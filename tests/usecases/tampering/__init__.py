"""What may be done to books behind the program's back. Nothing of this is in the program."""

from tests.usecases.tampering import books, owed, payments, trail

ONCE = (*books.ONCE, *payments.ONCE, *owed.ONCE, *trail.ONCE)
TWICE = (*books.TWICE, *payments.TWICE, *owed.TWICE, *trail.TWICE)
"""Done to a row that is sealed, and to one that is not."""
