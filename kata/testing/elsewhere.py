"""Runs code as on a GPU, without one: its arguments say that they are on another device.

Each tensor that comes from them is there, too. What the code makes beside them is on the CPU unless
it asks for their device, and the two meet as on a GPU: with an error.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any, NoReturn

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_iter, tree_map_only

from kata.testing.check import describe

CPU = torch.device("cpu")
# A name that PyTorch knows everywhere, with nothing behind it. The numbers are on the CPU.
AWAY = torch.device("lazy")
COPIES = {"_to_copy", "copy_"}
INDEXES = {"index", "index_put", "index_put_", "_index_put_impl_"}  # the CPU may hold these
LISTS = {"cat", "stack"}  # not even a single number of the CPU among others


class Away(Tensor):
    """A tensor that says it is on another device."""

    here: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # ty: ignore[incompatible-method-override]

    @staticmethod
    def __new__(cls, here: Tensor) -> "Away":
        with torch.inference_mode(False):  # a view of a normal tensor must be a normal one
            return Tensor._make_wrapper_subclass(
                cls,
                here.size(),
                strides=here.stride(),
                storage_offset=here.storage_offset(),
                dtype=here.dtype,
                device=AWAY,
            )

    def __init__(self, here: Tensor) -> None:
        self.here = here

    def __repr__(self, *_: Any, **__: Any) -> str:
        return f"{describe(self.here, values=False)} on another device, as on a GPU"

    def tolist(self) -> Any:
        return self.here.tolist()

    def numpy(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "can't convert a tensor of another device to numpy. Use Tensor.cpu() to copy the "
            "tensor to host memory first."
        )

    @classmethod
    def __torch_dispatch__(  # ty: ignore[incompatible-method-override]
        cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ):
        return _run(func, args, kwargs or {})


class _Made(TorchDispatchMode):
    """Sees what is made, which no argument of a kind of its own tells."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:  # whose import takes seconds
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
        return _run(func, args, kwargs or {})


class _Listed(TorchFunctionMode):
    """Makes tensors of lists on the CPU and takes them there: nothing is behind the name."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
        asked = dict(kwargs or {})
        if func in (Tensor.__getitem__, Tensor.__setitem__):
            return func(args[0], _index(args[1]), *args[2:])
        if func is torch.unravel_index:  # Python of PyTorch's own, which makes a tensor of a list
            with self:
                return torch.functional._unravel_index(*args, **asked).unbind(-1)
        if func is Tensor.new_tensor:
            asked = {"dtype": args[0].dtype, "device": args[0].device, **asked}
            return self.__torch_function__(torch.tensor, types, args[1:], asked)
        if func in (torch.tensor, torch.as_tensor) and asked.get("device"):
            return func(*args, **{**asked, "device": CPU}).to(asked["device"])
        return func(*args, **asked)


def _index(index: Any) -> Any:
    """A list in an index is a tensor of the CPU, which may stand there on a GPU, too."""
    if isinstance(index, tuple):
        return tuple(map(_index, index))
    if isinstance(index, list | range):
        return torch.tensor(index, dtype=None if index else torch.long)
    return index


def elsewhere(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The value of `call(*args, **kwargs)` for arguments on another device, back on the CPU.

    Tensors and modules among the arguments, in lists and dicts too, are taken there, and `call`
    where it is a module; modules come back. Raises RuntimeError where tensors of two devices meet,
    and where the value is not on the arguments' device.
    """
    modules = [one for one in tree_iter((call, args, kwargs)) if isinstance(one, nn.Module)]
    with _taken_there(modules), _Listed(), _Made():
        args, kwargs = tree_map_only(Tensor, _there, (args, kwargs))
        value = call(*args, **kwargs)
        _refuse_the_cpu(tree_iter(value))
    return tree_map_only(Away, lambda one: one.here, value)


def _run(operation: Any, args: Any, kwargs: Any) -> Any:
    name = operation.overloadpacket.__name__
    tensors = [one for one in tree_iter((args, kwargs)) if isinstance(one, Tensor)]
    meet = [args[0], *tree_iter(args[2:])] if name in INDEXES else tensors
    away = any(isinstance(one, Away) for one in tensors)
    if away and name not in COPIES:
        _refuse_the_cpu(meet, single=name not in LISTS)
    there = torch.device(kwargs["device"]) == AWAY if kwargs.get("device") else away
    moved = {**kwargs, "device": CPU} if kwargs.get("device") else kwargs
    args_here, kwargs_here = tree_map_only(Away, lambda one: one.here, (args, moved))
    value = operation(*args_here, **kwargs_here)
    if not there or (name == "copy_" and not isinstance(args[0], Away)):
        return args[0] if name == "copy_" else value
    value = tree_map_only(Tensor, Away, value)
    # Under inference_mode `to` comes here whole: what it takes there is no view of its argument.
    return return_and_correct_aliasing(operation, args, kwargs, value) if away else value


def _refuse_the_cpu(tensors: Iterable[Any], single: bool = False) -> None:
    """single: one number of the CPU may stand among the others, as on a GPU."""
    for one in tensors:
        if isinstance(one, Tensor) and not isinstance(one, Away) and (one.ndim or not single):
            raise RuntimeError(
                "Expected all tensors to be on the same device, but one of shape "
                f"{tuple(one.shape)} is on cpu (the arguments are on another device, as on a GPU)"
            )


def _there(one: Tensor) -> Tensor:
    away = Away(one.detach())
    if isinstance(one, nn.Parameter):
        return nn.Parameter(away, one.requires_grad)
    return away.requires_grad_(one.requires_grad)


@contextmanager
def _taken_there(modules: list[nn.Module]) -> Generator[None]:
    """Parameters and buffers are on the other device within the block; a shared one stays one."""
    taken: dict[Tensor, Tensor] = {}
    places: list[tuple[dict[str, Any], str, Tensor]] = [
        (table, name, tensor)
        for module in {part for one in modules for part in one.modules()}
        for table in (module._parameters, module._buffers)
        for name, tensor in table.items()
        if tensor is not None
    ]
    for table, name, tensor in places:
        taken[tensor] = table[name] = taken.get(tensor, _there(tensor))
    try:
        yield
    finally:
        for table, name, tensor in places:
            table[name] = tensor
