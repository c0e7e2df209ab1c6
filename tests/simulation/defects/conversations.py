"""Menus that skip, mix up, leak, or take a stranger's conversation for one's own."""

from tests.simulation.defects.defect import Defect

_ENGINE = "dialogue/engine.py"
_TALK = "dialogue/talk.py"
_CALLERS = "storage/callers.py"

CONVERSATIONS = (
    Defect(
        "the second page of a list begins one line too far",
        "page off by one",
        "a list went on",
        _ENGINE,
        "            return self.show(replace(conversation, pages=(*conversation.pages, conversation.shown)))\n",
        "            return self.show(replace(conversation, pages=(*conversation.pages, conversation.shown + 1)))\n",
    ),
    Defect(
        "the line below the chosen one is taken",
        "page off by one",
        "was chosen",
        _ENGINE,
        "            return listing.then, items[number - 1].sets\n",
        "            return listing.then, items[number % len(items)].sets\n",
    ),
    Defect(
        "a conversation of another phone goes on here",
        "stale session reused",
        "was shown",
        _TALK,
        '        if session.msisdn != hop.msisdn.digits:\n            return self.apology("other_phone", hop.msisdn)\n',
        '        if not session.msisdn:\n            return self.apology("other_phone", hop.msisdn)\n',
    ),
    Defect(
        "an ended conversation answers the next dial",
        "stale session reused",
        "a dial began with an end",
        _TALK,
        '        if hop.text == "" and session.text:\n',
        '        if hop.text == "" and session.text and not session.end:\n',
    ),
    Defect(
        "screens are all in the first language",
        "language fallback",
        "in a language",
        "dialogue/conversation.py",
        "        self.language = language if language in LANGUAGES else first_language(caller.msisdn)\n",
        "        self.language = first_language(caller.msisdn) if language else LANGUAGES[0]\n",
    ),
    Defect(
        "a guardian sees the children of whoever enrolled later",
        "another's data",
        "was shown",
        _CALLERS,
        '    account_contacts.c.contact_id == sa.bindparam("contact"),\n',
        '    account_contacts.c.contact_id >= sa.bindparam("contact"),\n',
    ),
    Defect(
        "everybody of a school sees the same last payments",
        "another's data",
        "of others",
        _CALLERS,
        "    .outerjoin(receipts, receipts.c.payment_id == payments.c.id)\n    .where(*_MINE)\n",
        "    .outerjoin(receipts, receipts.c.payment_id == payments.c.id)\n",
    ),
    Defect(
        "whose number looks alike is told of the payment",
        "another's data",
        "of others",
        "core/tracing.py",
        "    if trail.origin is Origin.THIS or (trail.origin is Origin.MAYBE and holds_code):\n",
        "    if trail.origin in (Origin.THIS, Origin.MAYBE):\n",
    ),
    Defect(
        "whoever knows a sum is told of the payment",
        "another's data",
        "of others",
        "core/tracing.py",
        "    if trail.own_account:\n        return Tie.FAMILY\n    if holds_code:\n        return Tie.BEARER\n",
        "    if trail.own_account or trail.amount in scrap.amounts:\n        return Tie.FAMILY\n"
        "    if holds_code:\n        return Tie.PAYER\n",
    ),
)
