"""One module or package per outside system, which parses and speaks its dialect and knows no database."""
