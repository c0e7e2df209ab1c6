"""The USSD door: gateways' dialects in, one page of 160 characters out."""
