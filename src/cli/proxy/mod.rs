//! `signet proxy`: evidence for any MCP client and any server on standard input
//! and output, without a change to either.
//!
//! Every line of the client goes through the library's gate: a tool call is held
//! to the policy, signed and stored before the server sees it, and what cannot be
//! read strictly or recorded does not go on. Every line of the server goes on
//! byte for byte; what answers a call is co-signed and stored on the way.

mod child;
mod keeper;
mod lines;
mod notices;
mod outlet;
mod requests;
mod responses;
mod session;
mod shared;
mod target;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::{Args, ValueEnum};
use signet::authority::policy::{Policy, RateLimits};
use signet::encoding::key_text;
use signet::identity::KeyPair;
use signet::log::{Durability, LogOptions};
use signet::mcp::{
    Existing, Gate, GateOptions, GateSigning, MessageLimits, OpenRequests, StorageFailure,
};

use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure};
use crate::own_memory;
use crate::passphrase::Passphrases;

use child::Server;
use keeper::Keeper;
use notices::Notices;
use requests::ServerInput;
use responses::Witness;
use shared::Shared;
use target::{EnvironmentFilter, Target};

/// The flags of `signet proxy`.
#[derive(Args, Debug)]
pub struct Command {
    /// The command that starts the MCP server
    #[arg(long, value_name = "COMMAND")]
    target: String,
    /// Have the command run by sh
    #[arg(long)]
    shell: bool,
    /// The identity that signs the calls
    #[arg(long, value_name = "NAME")]
    key: String,
    /// The identity that co-signs the responses [default: a new key for each run]
    #[arg(long, value_name = "NAME")]
    server_key: Option<String>,
    /// Read the passphrase of --server-key from the first line of a file
    #[arg(long, value_name = "FILE", requires = "server_key")]
    server_passphrase_file: Option<PathBuf>,
    /// What receipts call the server [default: mcp://<name of the program>]
    #[arg(long, value_name = "URI")]
    target_uri: Option<String>,
    /// The session that receipts name
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Sign without storing anything
    #[arg(long)]
    no_log: bool,
    /// The policy that must allow each call
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Withhold variables that sound like secrets from the server too
    #[arg(long)]
    env_filter: bool,
    /// Let the server have this variable nevertheless; may be repeated
    #[arg(long, value_name = "NAME")]
    allow_env: Vec<String>,
    /// Let calls through whose evidence cannot be stored
    #[arg(long)]
    fail_open: bool,
    /// When evidence is on the disk: before the call goes on, about every second,
    /// or when the system likes
    #[arg(long, value_name = "WHEN", default_value = "sync")]
    durability: WhenDurable,
    /// The longest message that is read, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20,
        value_parser = clap::value_parser!(u32).range(1024..=64 << 20))]
    max_message_bytes: u32,
    /// How long the server may take to end before it is made to, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5,
        value_parser = clap::value_parser!(u16).range(0..=3600))]
    grace: u16,
    /// Say something about every call on standard error
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum WhenDurable {
    /// Before the call goes on
    Sync,
    /// About every second
    Interval,
    /// When the operating system likes
    None,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        own_memory::close();
        let target = Target::read(&self.target, self.shell)?;
        let keys = self.keys(context)?;
        let policy = self.policy.as_deref().map(documents::policy).transpose()?;
        let uri = self
            .target_uri
            .clone()
            .unwrap_or_else(|| target.uri.clone());
        let limits = MessageLimits {
            max_len: usize::try_from(self.max_message_bytes).unwrap_or(usize::MAX),
            ..MessageLimits::default()
        };
        let notices = Notices::start(context.json, self.verbose);
        let keeper = self.keeper(context, limits, &notices)?;
        // The calls of earlier runs count, or a limit would end with every session.
        let counters = match &policy {
            Some(policy) => self.counters(policy, &keeper, context, &notices)?,
            None => RateLimits::new(),
        };
        let open = Arc::new(OpenRequests::default());
        let gate = Gate::new(GateOptions {
            signing: Some(GateSigning {
                key: keys.agent,
                name: self.key.clone(),
                owner: keys.owner,
                target: uri.clone(),
                transport: "stdio".to_owned(),
                session: self.session.clone(),
                policy: policy.map(Arc::new),
                hash_only: false,
                existing: Existing::Replace,
            }),
            limits,
            storage_failure: match self.fail_open {
                true => StorageFailure::Forward,
                false => StorageFailure::Refuse,
            },
            counters: Arc::new(Mutex::new(counters)),
            open_requests: Some(Arc::clone(&open)),
            ..GateOptions::default()
        })?;

        for (event, text) in [
            ("target", format!("target: {} ({uri})", self.target)),
            (
                "key",
                format!("agent key: {} ({})", self.key, keys.agent_text),
            ),
            ("key", format!("server key: {}", keys.server_text)),
        ] {
            notices.say(event, text);
        }
        let filter = EnvironmentFilter {
            aggressive: self.env_filter,
            allowed: self.allow_env.clone(),
        };
        let mut server = Server::start(&target, &filter)?;
        let (input, output) = server.pipes();
        let output = output.ok_or_else(|| Failure::usage("the server has no output"))?;
        let shared = Arc::new(Shared::new(
            notices,
            keeper,
            open,
            ServerInput::new(input),
            Context::clock,
        ));
        let witness = Witness {
            key: keys.server,
            limits,
        };
        let options = session::Options {
            must_sync: self.durability == WhenDurable::Interval,
            grace: Duration::from_secs(self.grace.into()),
        };
        session::run(server, output, Arc::new(gate), witness, shared, options)
    }

    fn keys(&self, context: &Context) -> Result<Keys, Failure> {
        if self.server_key.as_ref() == Some(&self.key) {
            return Err(same_key("both are the same identity"));
        }
        let agent = context.unlock(&self.key)?;
        let owner = context.keystore()?.info(&self.key)?.owner;
        let agent_text = key_text::prefixed(agent.public_key());
        let (server, server_text) = match &self.server_key {
            None => {
                let server = Arc::new(KeyPair::generate()?);
                let text = key_text::prefixed(server.public_key());
                (server, format!("{text} (new for this run)"))
            }
            Some(name) => {
                let own = Passphrases::for_second_key(self.server_passphrase_file.clone(), name);
                let sources = own.as_ref().unwrap_or(&context.passphrases);
                let server = context.unlock_with(name, sources)?;
                if server.public_key() == agent.public_key() {
                    return Err(same_key("both have the same key"));
                }
                let text = key_text::prefixed(server.public_key());
                (server, format!("{name} ({text})"))
            }
        };
        Ok(Keys {
            agent,
            owner: owner.unwrap_or_default(),
            agent_text,
            server,
            server_text,
        })
    }

    fn keeper(
        &self,
        context: &Context,
        limits: MessageLimits,
        notices: &Notices,
    ) -> Result<Keeper, Failure> {
        if self.no_log {
            return Ok(Keeper::of_nothing());
        }
        let options = LogOptions {
            durability: match self.durability {
                WhenDurable::Sync => Durability::Sync,
                WhenDurable::Interval => Durability::Interval { millis: 1000 },
                WhenDurable::None => Durability::None,
            },
            max_record_len: limits.max_len,
            // Nobody waits longer for a call that is refused in the end.
            lock_timeout_millis: 10_000,
            ..LogOptions::default()
        };
        let (keeper, opened) = Keeper::new(context.home().to_path_buf(), options);
        match opened {
            Ok(()) => {}
            Err(error) if self.fail_open => {
                notices.say("storage", format!("the log cannot be opened: {error}"));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(keeper)
    }

    fn counters(
        &self,
        policy: &Policy,
        keeper: &Keeper,
        context: &Context,
        notices: &Notices,
    ) -> Result<RateLimits, Failure> {
        match keeper.count_calls(policy, context.now()) {
            Err(error) if self.fail_open => {
                notices.say("storage", format!("earlier calls are not counted: {error}"));
                Ok(RateLimits::new())
            }
            counted => Ok(counted?),
        }
    }
}

struct Keys {
    agent: Arc<KeyPair>,
    owner: String,
    agent_text: String,
    server: Arc<KeyPair>,
    server_text: String,
}

fn same_key(why: &str) -> Failure {
    Failure::usage(format!("--server-key must differ from --key: {why}")).with_advice(
        "Two signatures of one key prove no more than one; `signet identity generate` makes another.",
    )
}
