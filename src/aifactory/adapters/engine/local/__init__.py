"""Attempts as sandboxed processes on this machine."""

from aifactory.adapters.engine.local.engine import LocalEngine

__all__ = ["LocalEngine"]
