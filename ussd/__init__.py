"""The gateway-neutral USSD door and its gateway dialects: one page of 160 GSM-7 characters."""
