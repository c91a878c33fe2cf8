"""The pieces pages are made of: templates, tags, styles, scripts."""
