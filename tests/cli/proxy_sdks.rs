//! The proxy between programs that other people made: clients and servers of the two
//! official MCP SDKs, and two of the official reference servers.
//!
//! They are in the folder that the environment variable `SIGNET_MCP_SDKS` names
//! (`ffi-tests/mcp-sdks/install` makes it).

mod clients;
mod recording;
mod servers;
mod steps;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::vectors;

/// One of the official SDKs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    Python,
    TypeScript,
}

impl Sdk {
    /// The program that runs a script of this SDK.
    pub fn program(self) -> &'static str {
        match self {
            Sdk::Python => "python3",
            Sdk::TypeScript => "node",
        }
    }
}

/// Where everything was installed.
pub struct Sdks {
    root: PathBuf,
}

impl Sdks {
    /// `None` when something is missing, which has then been said.
    pub fn find() -> Option<Sdks> {
        let Some(root) = std::env::var_os("SIGNET_MCP_SDKS") else {
            vectors::skip("SIGNET_MCP_SDKS is not set: see ffi-tests/mcp-sdks/install");
            return None;
        };
        let sdks = Sdks {
            root: std::path::absolute(root).unwrap(),
        };
        for needed in [
            "python/mcp",
            "node/node_modules/@modelcontextprotocol/sdk",
            "node/node_modules/@modelcontextprotocol/server-everything",
            "node/node_modules/@modelcontextprotocol/server-filesystem",
        ] {
            if !sdks.root.join(needed).exists() {
                vectors::skip(&format!(
                    "{needed} is not installed: see ffi-tests/mcp-sdks"
                ));
                return None;
            }
        }
        Some(sdks)
    }

    /// The variables by which scripts find their SDK.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        [
            ("PYTHONPATH", self.root.join("python").into()),
            ("MCP_SDK", self.root.join("node").into()),
        ]
    }

    /// The command of the server that writes down what it executes.
    pub fn bank(&self, sdk: Sdk) -> String {
        let script = match sdk {
            Sdk::Python => "server.py",
            Sdk::TypeScript => "server.mjs",
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ffi-tests/mcp-sdks");
        format!("{} '{}'", sdk.program(), folder.join(script).display())
    }

    /// The command of a reference server.
    pub fn reference(&self, name: &str) -> String {
        let package = format!("node/node_modules/@modelcontextprotocol/server-{name}");
        let script = self.root.join(package).join("dist/index.js");
        format!("node '{}'", script.display())
    }
}
