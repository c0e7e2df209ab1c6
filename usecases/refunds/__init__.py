"""Paying a payment back: asked for, approved by somebody else, set aside, paid, and each step told to the payer (OUT-1).

request_refund ──> approved by a manager with a code ──> money set aside, payout instructed ──> refund_ended: paid, or given back

Locks in one order: the refund, its approval, the payment, its customer accounts. News of a payout holds that before them, and
a reversal the payment first: where they meet crosswise PostgreSQL ends one, and the writer runs it again.

What is asked for and what is paid are one row; its journal entries carry the round in which its money was taken.
"""
