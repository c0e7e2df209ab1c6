"""What the pretend M-Pesa answers to a pull: a line a payment, a line a reversal, in the shape of public captures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.mpesa import Mpesa, ShortCode

_EAT = timedelta(hours=3)


def pulled(mpesa: Mpesa, payee: ShortCode, since: datetime, until: datetime, *, zone: str) -> list[dict[str, object]]:
    """The lines of one payee between two moments, oldest first. How a reversal is listed is not documented: this is our
    guess, with the receipt that it takes back where a payment has its reference."""
    kind = "c2b-buy-goods-debit" if payee.till else "c2b-pay-bill-debit"
    lines = [
        (done.at, done.receipt, kind, done.payer, done.reference, done.amount)
        for done in mpesa.transactions
        if since <= done.at <= until and done.shortcode == payee.number
    ]
    taken_back = {back.receipt: back for back in mpesa.reversals if since <= back.at <= until}
    lines += [
        (back.at, back.reversal, "organization-reversal", done.payer, back.receipt, done.amount)
        for done in (mpesa.transactions if taken_back else ())
        if done.shortcode == payee.number and (back := taken_back.get(done.receipt)) is not None
    ]
    return [
        {
            "transactionId": receipt,
            "trxDate": _written(at, zone),
            "msisdn": int(payer.digits),
            "sender": mpesa.owner(payer).split()[0],
            "transactiontype": kind_,
            "billreference": reference,
            "amount": amount.plain(),
            "organizationname": payee.name,
        }
        for at, receipt, kind_, payer, reference, amount in sorted(lines, key=lambda line: line[:2])
    ]


def _written(at: datetime, zone: str) -> str:
    if zone == "utc":
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    local = (at.astimezone(UTC) + _EAT).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{local}+03:00" if zone == "offset" else f"{local}Z"
