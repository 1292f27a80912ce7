"""An attribute that is worked out when it is first read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class derived(Generic[T]):  # noqa: N801 - used as a decorator, like property
    """A method read as an attribute: it runs at the first reading, later ones find the value.

    Python 3.11's functools.cached_property takes a lock each first time, which costs more than
    most attributes of an event.
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work = work
        self.name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> derived[T]: ...
    @overload
    def __get__(self, owner: object, kind: type[Any]) -> T: ...
    def __get__(self, owner: object | None, kind: type[Any]) -> derived[T] | T:
        if owner is None:
            return self
        value = owner.__dict__[self.name] = self.work(owner)
        return value
