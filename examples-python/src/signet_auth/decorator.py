"""Decorators that sign every call of a tool before it runs.

A call that cannot be signed and recorded does not run, unless the tool was decorated
with `on_sign_error="warn"`.
"""

from __future__ import annotations

import functools
import json
from typing import Any, Callable, Dict, Optional, Tuple, TypeVar, Union, overload

from .agent import SigningAgent
from .errors import KeyNotFoundError
from .keystore import Home

Tool = TypeVar("Tool", bound=Callable[..., Any])

#: Makes the params of a call: the tool, its positional and its named arguments.
ParamsSerializer = Callable[[Callable[..., Any], Tuple[Any, ...], Dict[str, Any]], Any]

_default_agent: Optional[SigningAgent] = None


def init(
    key_name: str = "signet-agent",
    owner: str = "",
    *,
    signet_dir: Optional[Home] = None,
    passphrase: Optional[str] = None,
) -> SigningAgent:
    """Sets the agent of the tools that name none: loads the identity, or makes it."""
    global _default_agent
    try:
        _default_agent = SigningAgent(key_name, signet_dir=signet_dir, passphrase=passphrase)
    except KeyNotFoundError:
        _default_agent = SigningAgent.create(
            key_name, owner=owner, signet_dir=signet_dir, passphrase=passphrase
        )
    return _default_agent


@overload
def signet_tool(func_or_agent: Tool) -> Tool: ...


@overload
def signet_tool(
    func_or_agent: Optional[SigningAgent] = None,
    *,
    agent: Optional[SigningAgent] = None,
    tool_name: Optional[str] = None,
    target: str = "",
    transport: str = "stdio",
    audit: bool = True,
    audit_encrypt_params: bool = False,
    on_sign_error: str = "raise",
    params_serializer: Optional[ParamsSerializer] = None,
) -> Callable[[Tool], Tool]: ...


def signet_tool(
    func_or_agent: Union[Callable[..., Any], SigningAgent, None] = None,
    *,
    agent: Optional[SigningAgent] = None,
    tool_name: Optional[str] = None,
    target: str = "",
    transport: str = "stdio",
    audit: bool = True,
    audit_encrypt_params: bool = False,
    on_sign_error: str = "raise",
    params_serializer: Optional[ParamsSerializer] = None,
) -> Any:
    """Signs every call of a function, sync or async, before it runs.

    Used as `@signet_tool`, `@signet_tool(agent)` or with keywords. Arguments that are
    no JSON values are signed as their `repr`; `params_serializer` decides otherwise.
    With `on_sign_error="warn"` a call that cannot be signed is logged and runs; by
    default it raises and does not run.
    """
    import inspect  # costs more than the rest of the package

    if audit_encrypt_params and not audit:
        raise ValueError("audit_encrypt_params needs audit=True")
    if on_sign_error not in ("raise", "warn"):
        raise ValueError("on_sign_error is 'raise' or 'warn'")

    def decorate(tool: Callable[..., Any], by: Optional[SigningAgent]) -> Callable[..., Any]:
        name = tool_name or tool.__name__
        params_of = params_serializer or _params
        signature = inspect.signature(tool) if params_serializer is None else None

        def sign(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
            chosen = by or _default_agent
            if chosen is None:
                raise RuntimeError(
                    "no agent to sign with: pass one to the decorator, or call init_signer() first"
                )
            if signature is not None:
                # A call that does not fit the tool is the caller's TypeError, unsigned.
                signature.bind(*args, **kwargs)
            try:
                chosen.sign(
                    name,
                    params=params_of(tool, args, kwargs),
                    target=target,
                    transport=transport,
                    audit=audit,
                    audit_encrypt_params=audit_encrypt_params,
                )
            except Exception:
                if on_sign_error == "raise":
                    raise
                import logging

                logging.getLogger("signet_auth").warning(
                    "a call of %s could not be signed", name, exc_info=True
                )

        if inspect.iscoroutinefunction(tool):

            @functools.wraps(tool)
            async def wrapped_async(*args: Any, **kwargs: Any) -> Any:
                import asyncio

                # The disk may take a while: other tasks run meanwhile.
                await asyncio.to_thread(sign, args, kwargs)
                return await tool(*args, **kwargs)

            return wrapped_async

        @functools.wraps(tool)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            sign(args, kwargs)
            return tool(*args, **kwargs)

        return wrapped

    if isinstance(func_or_agent, SigningAgent):
        if agent is not None and agent is not func_or_agent:
            raise TypeError("an agent was given twice")
        agent = func_or_agent
    elif callable(func_or_agent):
        return decorate(func_or_agent, agent)
    elif func_or_agent is not None:
        raise TypeError(f"a tool is a function, not {type(func_or_agent).__name__}")
    chosen_agent = agent
    return lambda tool: decorate(tool, chosen_agent)


def _params(
    tool: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]
) -> Dict[str, Any]:
    """The arguments by their names, defaults included."""
    import inspect

    bound = inspect.signature(tool).bind(*args, **kwargs)
    bound.apply_defaults()
    return {name: _json_value(value) for name, value in bound.arguments.items()}


def _json_value(value: Any) -> Any:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return repr(value)
    return value


#: The same under the other names of the published package.
protect_tool = signet_tool
signet_sign = signet_tool
sign = signet_tool
init_signer = init

__all__ = ["init", "init_signer", "protect_tool", "signet_sign", "signet_tool", "sign"]
