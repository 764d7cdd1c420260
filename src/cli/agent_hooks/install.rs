//! `signet claude install` and `signet codex install`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use signet::ErrorKind;
use signet::identity::{NewIdentity, Protection, SecretState};

use super::{ATTEMPTS, Place, contended, published_skill};
use crate::agent::Agent;
use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure};
use crate::hook::Flags;
use crate::settings::file::Settings;
use crate::settings::handler::{Handler, command_line};
use crate::settings::text;
use crate::terminal::{answer_line, comment};

/// After how many seconds the agent goes on without the hook. A hook waits at
/// most two for the log.
const TIMEOUT_SECONDS: u32 = 10;

/// How to install.
#[derive(Args, Clone, Debug)]
pub struct Install {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    flags: Flags,
    /// Only the tools that this pattern of the agent matches [default: all]
    #[arg(long, value_name = "PATTERN")]
    matcher: Option<String>,
    /// Leave out failed calls, for a Claude Code that has no PostToolUseFailure
    #[arg(long)]
    no_failures: bool,
}

impl Install {
    pub(super) fn run(self, agent: Agent, context: &Context) -> Done {
        let path = self.place.path(agent)?;
        if let Some(policy) = &self.flags.policy {
            documents::policy(policy)?;
        }
        let handlers = self.handlers(agent, context)?;
        // First the file that may be refused, then the key, then the change.
        let settings = Settings::read(&path)?;
        edited(&settings, agent, &handlers)?;
        let is_new = make_identity(agent, &self.flags, context)?;
        let is_changed = write(&path, agent, &handlers)?;
        let backup = settings.backup_path();
        let backup = backup.exists().then_some(backup);
        self.tell(
            agent,
            context,
            &path,
            backup.as_deref(),
            (is_new, is_changed),
        )
    }

    fn handlers(&self, agent: Agent, context: &Context) -> Result<Vec<Handler>, Failure> {
        let mut flags = self.flags.clone();
        if let Some(policy) = &flags.policy {
            let policy = absolute(policy)?;
            shown(&policy)?;
            flags.policy = Some(policy);
        }
        let before = command(agent, context, &flags)?;
        // The policy is asked before the call; afterwards there is nothing to ask.
        let after = command(
            agent,
            context,
            &Flags {
                policy: None,
                ..flags.clone()
            },
        )?;
        let mut events = Vec::new();
        if flags.policy.is_some() || flags.strict {
            events.push(("PreToolUse", before));
        }
        events.push(("PostToolUse", after.clone()));
        // Codex has one event for calls that succeed and calls that fail.
        if agent == Agent::ClaudeCode && !self.no_failures {
            events.push(("PostToolUseFailure", after));
        }
        let all = (agent == Agent::ClaudeCode).then(|| "*".to_owned());
        let matcher = self.matcher.clone().or(all);
        let handler = |(event, command): (&str, String)| Handler {
            event: event.to_owned(),
            matcher: matcher.clone(),
            command,
            timeout: TIMEOUT_SECONDS,
        };
        Ok(events.into_iter().map(handler).collect())
    }

    fn tell(
        &self,
        agent: Agent,
        context: &Context,
        path: &Path,
        backup: Option<&Path>,
        (is_new, is_changed): (bool, bool),
    ) -> Done {
        let key = self.flags.key(agent);
        if context.json {
            return answer_line(
                json!({
                    "agent": agent.word(),
                    "settings": path.display().to_string(),
                    "backup": backup.map(|path| path.display().to_string()),
                    "changed": is_changed,
                    "key": key,
                    "key_created": is_new,
                })
                .to_string(),
            );
        }
        let title = agent.title();
        comment(match is_changed {
            true => format!("{title} now records its tool calls."),
            false => format!("{title} records its tool calls already; nothing was changed."),
        });
        comment(format!("  Settings: {}", path.display()));
        if let Some(backup) = backup {
            comment(format!("  Backup:   {}", backup.display()));
        }
        comment(format!("  Identity: {key}"));
        comment(format!(
            "  Log:      {}",
            context.home().join("audit").display()
        ));
        if agent == Agent::Codex {
            comment("Codex runs new hooks only once you trust them: start it and type /hooks.");
        }
        if published_skill::find(agent)?.is_some() {
            comment(
                "The skill of another Signet is installed, too, and records on its own; `signet claude uninstall` removes it.",
            );
        }
        comment(format!(
            "Sessions that are open keep their settings until they are started again. `signet {} audit` shows the calls.",
            agent.command()
        ));
        Ok(())
    }
}

/// What the file would become; `None` when it is that already.
fn edited(
    settings: &Settings,
    agent: Agent,
    handlers: &[Handler],
) -> Result<Option<String>, Failure> {
    let refused = |why: String| settings.refused(&why);
    let now = settings.text()?.unwrap_or_default();
    if text::is_blank(now) {
        return text::add(now, handlers).map(Some).map_err(refused);
    }
    let sorted = |mut handlers: Vec<Handler>| {
        handlers.sort_by(|a, b| (&a.event, &a.command).cmp(&(&b.event, &b.command)));
        handlers
    };
    let found = text::find(now, agent).map_err(refused)?;
    if sorted(found) == sorted(handlers.to_vec()) {
        return Ok(None);
    }
    let without = text::remove(now, agent, settings.backup().as_deref()).map_err(refused)?;
    text::add(&without, handlers).map(Some).map_err(refused)
}

/// Changes the file; answers whether that was necessary.
fn write(path: &Path, agent: Agent, handlers: &[Handler]) -> Result<bool, Failure> {
    for _ in 0..ATTEMPTS {
        let settings = Settings::read(path)?;
        let Some(edited) = edited(&settings, agent, handlers)? else {
            return Ok(false);
        };
        settings.back_up()?;
        if settings.replace(Some(&edited))? {
            return Ok(true);
        }
    }
    Err(contended(path))
}

/// Makes the identity if it is not there; answers whether it is new.
fn make_identity(agent: Agent, flags: &Flags, context: &Context) -> Result<bool, Failure> {
    let (store, name) = (context.keystore()?, flags.key(agent));
    match store.info(name) {
        Ok(info) => {
            if matches!(info.secret, SecretState::Encrypted(_)) {
                comment(format!(
                    "The key of {name} is encrypted: start the agent with SIGNET_PASSPHRASE set. Every call then takes as long as opening the key does."
                ));
            }
            Ok(false)
        }
        Err(error) if error.kind() == ErrorKind::KeyNotFound => {
            store.create(
                name,
                &NewIdentity::new(Protection::Unencrypted, context.now()),
            )?;
            comment(format!(
                "Made the identity {name}, unencrypted, because nobody is asked for a passphrase at every call."
            ));
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

fn command(agent: Agent, context: &Context, flags: &Flags) -> Result<String, Failure> {
    let mut words = vec![program()?];
    let usual = std::env::home_dir().map(|home| home.join(".signet"));
    if usual.as_deref() != Some(context.home()) {
        words.extend(["--home".to_owned(), shown(&absolute(context.home())?)?]);
    }
    if let Some(file) = context.passphrases.file() {
        words.extend(["--passphrase-file".to_owned(), shown(&absolute(file)?)?]);
    }
    words.extend(["hook".to_owned(), agent.word().to_owned()]);
    words.extend(flags.words());
    Ok(command_line(words))
}

/// This program as the agent will find it. A name in the search path that leads
/// here outlives an update, the place that it leads to may not.
fn program() -> Result<String, Failure> {
    let here = std::env::current_exe()
        .map_err(|error| Failure::file("program", Path::new("signet"), &error))?;
    let called = std::env::args_os()
        .next()
        .map(PathBuf::from)
        .unwrap_or_default();
    let candidates: Vec<PathBuf> = match called.components().count() {
        1 => std::env::var_os("PATH")
            .map(|path| {
                std::env::split_paths(&path)
                    .map(|folder| folder.join(&called))
                    .collect()
            })
            .unwrap_or_default(),
        _ => vec![called],
    };
    let leads_here = |candidate: &PathBuf| {
        std::fs::canonicalize(candidate).ok() == std::fs::canonicalize(&here).ok()
    };
    let found = candidates.into_iter().find(leads_here);
    shown(&absolute(&found.unwrap_or(here))?)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::file("path", path, &error))
}

fn shown(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::usage(format!(
            "'{}' is not UTF-8 and cannot stand in a settings file",
            path.display()
        ))
    })
}
