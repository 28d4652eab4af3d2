"""Textual beyond its public interface: one module, so that a new version of Textual is checked in one place."""
