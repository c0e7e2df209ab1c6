"""The HTTP door: provider callbacks, gateways, APIs, dashboard, pages and health."""
