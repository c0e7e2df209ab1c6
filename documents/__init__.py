"""Paper: a value in, the bytes of a PDF out. It reads no books and decides nothing."""
