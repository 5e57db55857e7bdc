"""The user's guide: `docs/guide`, shown on the site."""
