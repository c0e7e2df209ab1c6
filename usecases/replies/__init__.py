"""What people want by text is done or asked back in the transaction that keeps the text (SMS-1, SMS-2).

Only where a text can be read in one way is a phone asked for money at once. What was inferred, the sum, the child, a slip in the
number, is read back and waits for a yes within the hour; the yes does exactly what was read back, once. Nobody reads anything
of an account that is not theirs.
"""
