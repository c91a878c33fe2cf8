"""Payment methods: what an organization left with us to be charged."""
