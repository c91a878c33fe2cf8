"""Settings, URLs, WSGI: wiring only."""
