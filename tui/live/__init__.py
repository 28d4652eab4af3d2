"""The open fleet while the dashboard runs: the session, the pace of the clock, forecasts, threads."""
