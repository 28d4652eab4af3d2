"""The open fleet while the dashboard runs: the session, the playing clock, forecasts, and limits."""
