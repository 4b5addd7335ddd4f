"""Which scope each rpc needs, read from the option that it declares."""

from collections.abc import Callable, Iterable, Mapping

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from flowgen_core.model.project import Caller, Scope
from flowgen_core.pb.v1 import options_pb2
from flowgen_core.runtime.auth import denied, require

Check = Callable[[Caller], None]
_HELD = {getattr(options_pb2, f"SCOPE_{scope.value}"): scope for scope in Scope}


def checks(services: Iterable[ServiceDescriptor]) -> Mapping[str, Check]:
    """Makes the check of every rpc, by its path `/package.Service/Rpc`."""
    return {
        f"/{service.full_name}/{rpc.name}": _check(rpc) for service in services for rpc in service.methods
    }


def refuse_all(caller: Caller) -> None:
    """Refuses every caller: the check of an rpc that declares no scope. Raises PERMISSION_DENIED."""
    raise denied("none")


def _check(rpc: MethodDescriptor) -> Check:
    declared = rpc.GetOptions().Extensions[options_pb2.scope]
    if declared == options_pb2.SCOPE_ANY:
        return _accept_all
    scope = _HELD.get(declared)
    return refuse_all if scope is None else lambda caller: require(caller, scope)


def _accept_all(caller: Caller) -> None:
    """Accepts every valid credential."""
