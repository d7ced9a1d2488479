"""Tests of the fee."""
