"""Promotions: promo codes that anybody may type, and complimentary offers that staff grant to one organization."""
