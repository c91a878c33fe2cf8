"""What staff give away: campaigns with promo codes, complimentary offers; and carts that were left."""
