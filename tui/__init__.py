"""All that a person sees: the command line and the dashboard."""
