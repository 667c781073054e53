"""The portal's desk, for an agent that stands elsewhere."""

from aifactory.adapters.desk.https import HttpsDesk, HttpsShelf, PortalIsSilent, connection

__all__ = ["HttpsDesk", "HttpsShelf", "PortalIsSilent", "connection"]
