"""What apps ask: signing in, tokens, signing out; and what their users are asked."""
