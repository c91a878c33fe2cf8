"""Federation: one sign-in for all apps. Plancia is an OpenID Connect provider for those that staff register."""
