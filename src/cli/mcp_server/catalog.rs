//! What the tools are called, take and answer: the page that the model reads.
//!
//! Names and arguments that the published tools server has are kept:
//! `signet_generate_keypair`, `signet_sign`, `signet_verify`, `signet_content_hash`.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool as Listed, ToolAnnotations};
use serde_json::{Value, json};

/// The most records that one query answers.
pub const MAX_RECORDS: u64 = 200;
/// As many as it answers when nothing is said.
pub const DEFAULT_RECORDS: u64 = 20;

/// The tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    ContentHash,
    GenerateKeypair,
    LogQuery,
    Proof,
    Sign,
    Verify,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 6] = [
        Tool::ContentHash,
        Tool::GenerateKeypair,
        Tool::LogQuery,
        Tool::Proof,
        Tool::Sign,
        Tool::Verify,
    ];

    /// The tool of that name.
    pub fn named(name: &str) -> Option<Tool> {
        Tool::ALL.into_iter().find(|tool| tool.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Tool::ContentHash => "signet_content_hash",
            Tool::GenerateKeypair => "signet_generate_keypair",
            Tool::LogQuery => "signet_log_query",
            Tool::Proof => "signet_proof",
            Tool::Sign => "signet_sign",
            Tool::Verify => "signet_verify",
        }
    }

    /// The schema of its arguments.
    pub fn input(self) -> JsonObject {
        let (properties, required): (Value, &[&str]) = match self {
            Tool::ContentHash => (
                json!({ "content": { "description": "Any JSON value; a text is hashed as a JSON string" } }),
                &["content"],
            ),
            Tool::GenerateKeypair => (
                json!({
                    "name": name("The name in the keystore; made up when absent"),
                    "owner": text("Whom the key's holder works for"),
                }),
                &[],
            ),
            Tool::LogQuery => (
                json!({
                    "since": text("Not before this time (RFC 3339)"),
                    "until": text("Not after this time (RFC 3339)"),
                    "tool": text("A part of the tool's name"),
                    "signer": text("The signer's name"),
                    "target": text("The target"),
                    "session": text("The session"),
                    "trace": text("The trace"),
                    "decision": {
                        "type": "string",
                        "enum": ["allow", "deny", "require_approval"],
                        "description": "What the policy decided",
                    },
                    "limit": {
                        "type": "integer", "minimum": 1, "maximum": MAX_RECORDS, "default": DEFAULT_RECORDS,
                        "description": "At most so many records: the newest that match",
                    },
                    "newest_first": { "type": "boolean", "default": false },
                }),
                &[],
            ),
            Tool::Proof => (
                json!({
                    "index": { "type": "integer", "minimum": 0, "description": "The number of the record, from 0" },
                    "receipt_id": text("The id of its receipt (rec_...), instead of the index"),
                }),
                &[],
            ),
            Tool::Sign => (
                json!({
                    "tool": text("The tool that is called"),
                    "params": { "description": "The arguments of the call: any JSON value" },
                    "target": text("Where the tool is, as a URI"),
                    "signer_name": text("The signer's name, when the server does not fix it"),
                    "signer_owner": text("Whom the signer works for, when the server does not fix it"),
                    "session": text("The session that the call belongs to"),
                    "call_id": text("The id of the call"),
                    "trace_id": text("The trace that the call belongs to"),
                    "parent_receipt_id": text("The receipt of the call that led to this one"),
                    "hash_only": { "type": "boolean", "default": false, "description": "Keep only the hash of the params" },
                }),
                &["tool"],
            ),
            Tool::Verify => (
                json!({
                    "receipt_json": {
                        "type": ["string", "object"],
                        "description": "The receipt: its JSON text, or the object",
                    },
                    "public_key": text(
                        "The key to hold it to, in base64, or the name of an identity: the agent's (versions 1 and 2), \
                         the server's (version 3), the root's (version 4). Without it the server's trust bundle counts",
                    ),
                }),
                &["receipt_json"],
            ),
        };
        object(json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        }))
    }

    fn output(self) -> JsonObject {
        let (properties, required): (Value, &[&str]) = match self {
            Tool::ContentHash => (json!({ "hash": hash() }), &["hash"]),
            Tool::GenerateKeypair => (
                json!({ "name": text("The name in the keystore"), "public_key": key(), "did": text("The same as did:key") }),
                &["name", "public_key", "did"],
            ),
            Tool::LogQuery => (
                json!({
                    "records": { "type": "array", "maxItems": MAX_RECORDS, "items": record() },
                    "truncated": {
                        "type": "boolean",
                        "description": "Whether more records match than are shown",
                    },
                }),
                &["records", "truncated"],
            ),
            Tool::Proof => (
                json!({
                    "index": count("The number of the record, from 0"),
                    "size": count("How many records the checkpoint covers"),
                    "record_hash": hash(),
                    "receipt_id": text("The id of its receipt"),
                    "proof": text("A c2sp.org/tlog-proof@v1 file"),
                    "vkey": text("The verifier key of the log's checkpoints"),
                }),
                &["index", "size", "record_hash", "proof", "vkey"],
            ),
            Tool::Sign => (
                json!({
                    "receipt": { "type": "object", "description": "The signed receipt" },
                    "log": {
                        "type": "object",
                        "description": "Where it stands in the log; absent when nothing is logged",
                        "properties": { "index": count("The number of the record"), "record_hash": hash() },
                        "required": ["index", "record_hash"],
                        "additionalProperties": false,
                    },
                }),
                &["receipt"],
            ),
            Tool::Verify => (
                json!({
                    "valid": { "type": "boolean", "description": "Whether the receipt holds, under the keys named by trust" },
                    "trust": { "type": "string", "enum": ["public_key", "trust_bundle"], "description": "Which keys it was held to" },
                    "version": count("The receipt's version"),
                    "agent": key(),
                    "agent_trusted": { "type": "boolean", "description": "Whether the agent itself is trusted, not only the server" },
                    "server": key(),
                    "root": key(),
                    "code": text("Why it does not hold, as a stable code"),
                    "message": text("Why it does not hold, in words"),
                }),
                &["valid", "trust"],
            ),
        };
        object(json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false,
        }))
    }

    /// The entry of `tools/list`.
    pub fn listed(self) -> Listed {
        let mut listed = Listed::new(self.name(), self.description(), self.input());
        listed.output_schema = Some(Arc::new(self.output()));
        listed.annotations = Some(self.annotations());
        listed
    }

    fn description(self) -> &'static str {
        match self {
            Tool::ContentHash => {
                "The sha256 of a JSON value in RFC 8785 canonical form, as receipts state it of responses."
            }
            Tool::GenerateKeypair => {
                "Makes an Ed25519 identity in the keystore of this machine. Answers the public key; \
                 the secret stays in the keystore and cannot be asked for."
            }
            Tool::LogQuery => {
                "Finds records in the audit log. What they say is shown as it was recorded; nothing is verified."
            }
            Tool::Proof => {
                "Proves that a record stands in the audit log: a file with a signed checkpoint that verifies \
                 offline. Needs index or receipt_id."
            }
            Tool::Sign => {
                "Signs a tool call into a receipt and appends it to the audit log. A receipt says that the call \
                 was asked for, not that it was made."
            }
            Tool::Verify => {
                "Verifies a receipt under a public key or the server's trust bundle. A receipt that does not hold \
                 is an answer (valid: false, with a code), not an error."
            }
        }
    }

    fn annotations(self) -> ToolAnnotations {
        let (title, reads, repeatable) = match self {
            Tool::ContentHash => ("Content hash", true, true),
            Tool::GenerateKeypair => ("Generate a key pair", false, false),
            Tool::LogQuery => ("Query the audit log", true, true),
            Tool::Proof => ("Prove a record", false, true),
            Tool::Sign => ("Sign a tool call", false, false),
            Tool::Verify => ("Verify a receipt", true, true),
        };
        ToolAnnotations::with_title(title)
            .read_only(reads)
            .destructive(false)
            .idempotent(repeatable)
            .open_world(false)
    }
}

fn record() -> Value {
    json!({
        "type": "object",
        "properties": {
            "index": count("Its number in the log, from 0"),
            "record_hash": hash(),
            "receipt": { "type": "object", "description": "The record; absent when it is too long to show" },
            "omitted_bytes": count("How long a record is that is not shown"),
        },
        "required": ["index", "record_hash"],
        "additionalProperties": false,
    })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

fn name(description: &str) -> Value {
    json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]+$", "description": description })
}

fn count(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

fn hash() -> Value {
    json!({ "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" })
}

fn key() -> Value {
    json!({ "type": "string", "pattern": "^ed25519:[A-Za-z0-9+/]{43}=$" })
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        _ => JsonObject::new(),
    }
}
