"""An agent: an identity on disk, its key, and its audit log."""

from __future__ import annotations

import os
import threading
from typing import Any, Dict, List, Optional, Sequence

from ._call import to_json, utf8
from .action import Action
from .audit import (
    ChainStatus,
    Since,
    VerifyResult,
    audit_query,
    audit_verify_chain,
    audit_verify_signatures,
    opened,
)
from .cosigning import sign_bilateral, verify_bilateral
from .delegation import (
    Chain,
    sign_authorized_receipt,
    sign_delegation,
    verify_authorized,
    verify_delegation,
)
from .errors import LogClosedError
from .keys import KeyPair, PublicKey
from .keystore import Home, KeyInfo, Keystore, default_signet_dir, load_key_info
from .log import AuditLog, AuditRecord
from .receipts import BilateralReceipt, Receipt
from .sealing import ParamsKey
from .signing import sign_action, verify


class SigningAgent:
    """Signs tool calls under an identity and appends them to the audit log of its
    home folder. Any number of threads may use one agent, and processes after a fork
    go on with it."""

    def __init__(
        self,
        name: str,
        *,
        signet_dir: Optional[Home] = None,
        passphrase: Optional[str] = None,
        durability: str = "sync",
    ) -> None:
        """Loads an identity; raises KeyNotFoundError if there is none of that name.

        `durability` is when a signed call is on the disk: see `AuditLog`."""
        home = default_signet_dir() if signet_dir is None else os.fspath(signet_dir)
        self._set(home, name, Keystore(home).load(name, passphrase), durability)

    def _set(self, home: str, name: str, keypair: KeyPair, durability: str) -> None:
        self._signet_dir = home
        self._name = name
        self._key_info = load_key_info(home, name)
        self._signer = (utf8(name), utf8(self._key_info.owner))
        self._durability = durability
        self._lock = threading.Lock()
        self._log: Optional[AuditLog] = None
        self._log_process = 0
        self._sealing: Optional[ParamsKey] = None
        self._keypair: Optional[KeyPair] = keypair

    @classmethod
    def create(
        cls,
        name: str,
        *,
        owner: Optional[str] = None,
        signet_dir: Optional[Home] = None,
        passphrase: Optional[str] = None,
        durability: str = "sync",
    ) -> SigningAgent:
        """Makes a new identity. Without a passphrase its secret is written in clear."""
        home = default_signet_dir() if signet_dir is None else os.fspath(signet_dir)
        keypair = Keystore(home).create(name, owner=owner, passphrase=passphrase)
        self = cls.__new__(cls)
        self._set(home, name, keypair, durability)
        return self

    @property
    def keypair(self) -> KeyPair:
        """The key pair, which keeps its secret to itself."""
        if self._keypair is None:
            raise RuntimeError("the agent is closed")
        return self._keypair

    @property
    def log(self) -> AuditLog:
        """The agent's log, opened when first needed, and again in a forked child."""
        self.keypair
        if self._log is None or self._log_process != os.getpid():
            with self._lock:
                if self._log is None or self._log_process != os.getpid():
                    self._log = AuditLog(self._signet_dir, durability=self._durability)
                    self._log_process = os.getpid()
        log = self._log
        if log is None:
            raise LogClosedError("the agent is closed")
        return log

    def sign(
        self,
        tool: str,
        params: Any = None,
        target: str = "",
        transport: str = "stdio",
        *,
        audit: bool = True,
        audit_encrypt_params: bool = False,
        session: Optional[str] = None,
        call_id: Optional[str] = None,
        trace_id: Optional[str] = None,
        parent_receipt_id: Optional[str] = None,
    ) -> Receipt:
        """Signs a tool call and appends it to the log. If it cannot be appended, that
        is raised: a call that left no record should not be made."""
        if audit_encrypt_params and not audit:
            raise ValueError("audit_encrypt_params needs audit=True")
        keypair = self.keypair
        action = Action(
            tool,
            params,
            target,
            transport,
            session,
            call_id,
            None,
            trace_id,
            parent_receipt_id,
        )
        receipt = sign_action(keypair._pointer(), action.to_json().encode("ascii"), *self._signer)
        if audit_encrypt_params:
            self.log.append(self._params_key().seal(receipt))
        elif audit:
            self.log.append(receipt)
        return receipt

    def delegate(
        self,
        delegate_pubkey: str,
        delegate_name: str,
        *,
        tools: Optional[Sequence[str]] = None,
        targets: Optional[Sequence[str]] = None,
        max_depth: int = 0,
        expires: Optional[str] = None,
    ) -> str:
        """Delegates to another key: these tools and targets (None: all), so many
        further delegations, until a time (RFC 3339). Answers the token as JSON."""
        scope: Dict[str, Any] = {
            "tools": ["*"] if tools is None else list(tools),
            "targets": ["*"] if targets is None else list(targets),
            "max_depth": max_depth,
        }
        if expires is not None:
            scope["expires"] = expires
        return sign_delegation(
            self.keypair, self._name, delegate_pubkey, delegate_name, to_json(scope)
        )

    @staticmethod
    def verify_delegation(token_json: str) -> bool:
        """Whether a delegation is signed by the key it names and has not expired."""
        return verify_delegation(token_json)

    def sign_authorized(
        self,
        tool: str,
        params: Any = None,
        target: str = "",
        transport: str = "stdio",
        *,
        chain: Optional[Chain] = None,
        chain_json: Optional[str] = None,
    ) -> str:
        """Signs a tool call on the authority of a delegation chain, root first.
        Answers the receipt as JSON; `chain_json` is the older name of `chain`."""
        if (chain is None) == (chain_json is None):
            raise TypeError("sign_authorized() takes either chain or chain_json")
        action = Action(tool, {} if params is None else params, target, transport)
        return sign_authorized_receipt(
            self.keypair,
            action.to_json().encode("ascii"),
            self._name,
            chain_json if chain is None else chain,  # type: ignore[arg-type]
        ).to_json()

    @staticmethod
    def verify_authorized(
        receipt_json: str, trusted_roots: Sequence[str], clock_skew_secs: int = 60
    ) -> str:
        """Verifies a receipt that rests on a delegation; answers the scope as JSON."""
        return verify_authorized(receipt_json, trusted_roots, clock_skew_secs)

    def sign_bilateral(
        self, agent_receipt: Receipt, response_content: Any = None
    ) -> BilateralReceipt:
        """Co-signs another agent's receipt together with the response."""
        content = {} if response_content is None else response_content
        return sign_bilateral(self.keypair, agent_receipt, content, self._name)

    def verify_bilateral_receipt(self, receipt: BilateralReceipt) -> bool:
        """Whether a receipt is co-signed by this agent as the server."""
        return verify_bilateral(receipt, self.public_key)

    @staticmethod
    def verify_bilateral_with_key(receipt: BilateralReceipt, server_public_key: str) -> bool:
        """Whether a receipt is co-signed by this server."""
        return verify_bilateral(receipt, server_public_key)

    def _params_key(self) -> ParamsKey:
        if self._sealing is None:
            self._sealing = ParamsKey(self.keypair)
        return self._sealing

    def verify(self, receipt: Receipt) -> bool:
        """Whether a receipt is by this agent."""
        return verify(receipt, self.public_key)

    @staticmethod
    def verify_with_key(receipt: Receipt, public_key: str) -> bool:
        """Whether a receipt is by this key."""
        return verify(receipt, public_key)

    def audit_query(
        self,
        *,
        since: Optional[Since] = None,
        tool: Optional[str] = None,
        limit: Optional[int] = None,
        signer: Optional[str] = None,
        decrypt_params: bool = False,
    ) -> List[AuditRecord]:
        """This agent's records that match; another's with `signer`. With
        `decrypt_params`, its own encrypted params are shown in clear."""
        records = audit_query(
            self._signet_dir,
            since=since,
            tool=tool,
            signer=self._name if signer is None else signer,
            limit=limit,
        )
        if not decrypt_params:
            return records
        own, key = PublicKey(self.public_key).prefixed, self._params_key()
        return opened(records, lambda kid: key if kid == own else None)

    def audit_verify_chain(self) -> ChainStatus:
        """Verifies the hash chain of the whole log."""
        return audit_verify_chain(self._signet_dir)

    def audit_verify_signatures(
        self,
        *,
        since: Optional[Since] = None,
        tool: Optional[str] = None,
        limit: Optional[int] = None,
        trusted_agent_keys: Optional[Sequence[str]] = None,
        trusted_server_keys: Optional[Sequence[str]] = None,
    ) -> VerifyResult:
        """Verifies the signatures of this agent's records that match."""
        return audit_verify_signatures(
            self._signet_dir,
            since=since,
            tool=tool,
            signer=self._name,
            limit=limit,
            trusted_agent_keys=trusted_agent_keys,
            trusted_server_keys=trusted_server_keys,
            params_keys=() if self._keypair is None else [self._params_key()],
        )

    @property
    def public_key(self) -> str:
        """The bare base64 of the public key."""
        return self._key_info.pubkey

    @property
    def name(self) -> str:
        """The name of the identity."""
        return self._name

    @property
    def owner(self) -> Optional[str]:
        """Whom it works for."""
        return self._key_info.owner

    @property
    def key_info(self) -> KeyInfo:
        """What is public about the identity."""
        return self._key_info

    @property
    def signet_dir(self) -> str:
        """The home folder."""
        return self._signet_dir

    def close(self) -> None:
        """Wipes the secret and closes the log."""
        keypair, self._keypair = self._keypair, None
        if keypair is not None:
            keypair.close()
        self._sealing = None
        with self._lock:
            log, self._log = self._log, None
        if log is not None and self._log_process == os.getpid():
            log.close()

    def __enter__(self) -> SigningAgent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<SigningAgent {self._name!r} in {self._signet_dir!r}>"
