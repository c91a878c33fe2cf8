"""Trust, status, and what a browser needs: pages for everybody."""
