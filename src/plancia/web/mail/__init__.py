"""Mail that the demo keeps instead of sending."""
