"""How the factory writes its log: a line of JSON per event, with the trace of an error and never its values."""

import structlog


def configure() -> None:
    """Set structlog up. Local variables stay out of a trace: they hold passwords, tokens and people's answers."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(),
    )
