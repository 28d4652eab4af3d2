"""Forecasts, offers and previews: the same simulation, run on copies of accounts and instances."""
