"""Loans (LOAN-1 to LOAN-4): what a loan costs, what it owes on any day, and what follows from what happens to it.

A loan is never edited: it is read from the beginning, each time, from what happened to it with the days on which it
counted (`events`, `fold`). Money that staff move to a loan is put where it belongs in that story, so that the result is
the one that there would have been from the first day.
"""
