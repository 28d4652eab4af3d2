"""The files that ship with Lapse: policies, fleets and scenarios that a person can read, copy and change."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent
"""The folder that holds the shipped files."""

DEFAULT_POLICY = ROOT / "policies" / "default.toml"
SAMPLE_FLEET = ROOT / "fleets" / "sample.json"
SCENARIOS = ROOT / "scenarios"
"""Scripts of recordings: those that the README shows, and examples for people who write their own."""
