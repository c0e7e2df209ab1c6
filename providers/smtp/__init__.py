"""Mail over SMTP (RFC 5321), as any provider of mail takes it."""
