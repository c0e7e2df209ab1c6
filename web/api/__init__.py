"""The staff JSON API: one table of routes makes both the paths and the document that describes them."""
