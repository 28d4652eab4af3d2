"""Tests of `core/formats`: what people import."""
