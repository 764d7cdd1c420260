"""Policies: whether a call is allowed, decided before it is signed.

A `Policy` counts calls for its rate limits. The functions of the published package
take a policy as text; the same text is the same policy, whose counts go on within
this process.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Dict, NamedTuple, Optional, Tuple, Union

from . import _abi
from ._call import byref, failure, json_bytes, make, options, own, utf8, view, view_text
from ._library import lib
from .action import Action
from .cosigning import now_text
from .errors import PolicyViolationError, RequiresApprovalError
from .keys import Secret, keypair_of
from .receipts import Receipt

_FORMATS = {
    None: _abi.SIGNET_FORMAT_ANY,
    "json": _abi.SIGNET_FORMAT_JSON,
    "yaml": _abi.SIGNET_FORMAT_YAML,
}

_VERDICTS = {
    _abi.SIGNET_VERDICT_ALLOW: "allow",
    _abi.SIGNET_VERDICT_REQUIRE_APPROVAL: "require_approval",
    _abi.SIGNET_VERDICT_DENY: "deny",
}


def format_number(format: Optional[str]) -> int:
    """The constant of a format: "json", "yaml", or None for what the text is."""
    try:
        return _FORMATS[format]
    except KeyError:
        raise ValueError("format is 'json', 'yaml' or None") from None


class Decision(NamedTuple):
    """What a policy says about a call."""

    #: "allow", "require_approval" or "deny".
    verdict: str
    #: Why, for people.
    reason: str
    #: The whole decision as JSON: rules, policy and its hash.
    json: str
    #: What to append to the log when the call is not allowed.
    violation: Optional[str]

    @property
    def allowed(self) -> bool:
        """Whether the call may be made."""
        return self.verdict == "allow"

    def __bool__(self) -> bool:
        return self.allowed


def _decision(handle: _abi.signet_decision) -> Decision:
    """Reads a decision, which is released."""
    try:
        return Decision(
            _VERDICTS.get(lib.signet_decision_verdict(handle), "deny"),
            view(lib.signet_decision_reason, handle).decode("utf-8"),
            view(lib.signet_decision_json, handle).decode("utf-8"),
            view_text(lib.signet_decision_violation, handle),
        )
    finally:
        lib.signet_decision_free(handle)


def _action_text(action: Union[Action, str, bytes]) -> bytes:
    return action.to_json().encode("ascii") if isinstance(action, Action) else json_bytes(action)


class Policy:
    """A policy and its counts. Any thread may use it."""

    __slots__ = ("_handle",)

    def __init__(
        self,
        text: Union[str, bytes],
        format: Optional[str] = None,
        *,
        previous: Optional[Policy] = None,
    ) -> None:
        """Reads a policy in JSON or YAML. It replaces `previous`, whose counts go on
        for rules of the same id."""
        document = json_bytes(text)
        made = make(
            _abi.signet_policy,
            lib.signet_policy_parse,
            document,
            len(document),
            format_number(format),
            None if previous is None else previous._handle,
        )
        self._handle: _abi.signet_policy = own(made, lib.signet_policy_free)

    def to_json(self) -> str:
        """The policy as canonical JSON, every default filled in."""
        return view(lib.signet_policy_json, self._handle).decode("utf-8")

    @property
    def hash(self) -> str:
        """The hash of `to_json()`, which stands in receipts."""
        return view(lib.signet_policy_hash, self._handle).decode("utf-8")

    def evaluate(
        self,
        action: Union[Action, str, bytes],
        agent_name: str,
        *,
        at_unix_ms: Optional[int] = None,
        dry_run: bool = False,
    ) -> Decision:
        """Decides about a call. It counts for rate limits unless it is a dry run."""
        text, agent = _action_text(action), utf8(agent_name)
        return _decision(
            make(
                _abi.signet_decision,
                lib.signet_policy_evaluate,
                self._handle,
                text,
                len(text),
                agent,
                len(agent),
                _abi.SIGNET_NOW if at_unix_ms is None else at_unix_ms,
                _abi.SIGNET_EVALUATE_DRY_RUN if dry_run else 0,
            )
        )

    def sign(
        self,
        secret: Secret,
        action: Union[Action, str, bytes],
        signer_name: str,
        signer_owner: Optional[str] = None,
        **members: Any,
    ) -> Tuple[Receipt, Decision]:
        """Decides about a call and signs it if it is allowed, with the decision in the
        receipt. Otherwise raises, and `error.violation` is what to append to the log.
        `members` are those of signet_sign_options."""
        text, name, owner = _action_text(action), utf8(signer_name), utf8(signer_owner)
        receipt, decision, error = (
            _abi.signet_receipt(),
            _abi.signet_decision(),
            _abi.signet_error(),
        )
        status = lib.signet_receipt_sign_with_policy(
            keypair_of(secret),
            text,
            len(text),
            name,
            len(name),
            owner,
            len(owner),
            self._handle,
            byref(options(_abi.signet_sign_options, **members)) if members else None,
            byref(receipt),
            byref(decision),
            byref(error),
        )
        made = _decision(decision) if decision.value else None
        if status:
            raised = failure(status, error)
            if made is not None and isinstance(
                raised, (PolicyViolationError, RequiresApprovalError)
            ):
                raised.violation = made.violation
            raise raised
        assert made is not None
        return Receipt._take(receipt), made

    def __repr__(self) -> str:
        return f"<Policy {self.hash}>"


@lru_cache(maxsize=64)
def _known(text: Union[str, bytes]) -> Policy:
    return Policy(text)


def parse_policy_yaml(yaml: str) -> str:
    """Reads a policy in YAML; answers it as JSON, every default filled in."""
    return Policy(yaml, "yaml").to_json()


def parse_policy_json(json_str: str) -> str:
    """Reads a policy in JSON; answers it with every default filled in."""
    return Policy(json_str, "json").to_json()


def compute_policy_hash(policy_json: str) -> str:
    """The hash of a policy, which stands in receipts."""
    return Policy(policy_json).hash


def _told(decision: Decision) -> str:
    members: Dict[str, Any] = json.loads(decision.json)
    members["evaluated_at"] = now_text()
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)


def evaluate_policy(action_json: str, agent_name: str, policy_json: str) -> str:
    """Decides about a call without counting it; answers the decision as JSON."""
    return _told(_known(policy_json).evaluate(action_json, agent_name, dry_run=True))


def sign_with_policy(
    key_b64: Secret, action_json: str, signer_name: str, signer_owner: str, policy_json: str
) -> Tuple[str, str]:
    """Decides about a call, counts it, and signs it if it is allowed; answers receipt
    and decision as JSON."""
    receipt, decision = _known(policy_json).sign(key_b64, action_json, signer_name, signer_owner)
    return receipt.to_json(), _told(decision)
