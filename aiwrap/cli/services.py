"""Fill in what a session needs of the outside world."""

from __future__ import annotations

from aiwrap.session.plan import Gateway, GatewayParts


def open_gateway(parts: GatewayParts) -> Gateway:
    """Build the gateway; imported here because it is loaded after the spawn."""
    from aiwrap.gateway.server import Gateway as LoopbackGateway
    from aiwrap.gateway.upstream import Upstream

    return LoopbackGateway(
        listener=parts.listener,
        session_secret=parts.session_secret,
        hook_secret=parts.hook_secret,
        upstream=Upstream.from_environment(parts.upstream, parts.environ),
        alternatives={
            header.encode(): Upstream.from_environment(address, parts.environ)
            for header, address in parts.alternatives.items()
        },
        screen=parts.screen,
        hook=parts.hook,
        hook_caller=parts.hook_caller,
        on_failure=parts.on_failure,
        on_intrusion=parts.on_intrusion,
    )
