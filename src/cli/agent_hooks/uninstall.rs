//! `signet claude uninstall` and `signet codex uninstall`.

use std::path::Path;

use serde_json::json;

use super::{ATTEMPTS, Place, contended, published_skill};
use crate::agent::Agent;
use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::settings::file::Settings;
use crate::settings::text;
use crate::terminal::{answer_line, comment};

pub(super) fn run(agent: Agent, place: &Place, context: &Context) -> Done {
    let path = place.path(agent)?;
    let is_changed = take_out(&path, agent)?;
    // A project and a file of its own have nothing to do with the user's skills.
    let skill = match place.project || place.settings.is_some() {
        true => None,
        false => published_skill::remove(agent)?,
    };
    if context.json {
        return answer_line(
            json!({
                "agent": agent.word(),
                "settings": path.display().to_string(),
                "changed": is_changed,
                "skill_removed": skill.map(|path| path.display().to_string()),
            })
            .to_string(),
        );
    }
    let title = agent.title();
    comment(match is_changed {
        true => {
            format!("{title} no longer records its tool calls. Keys and logs are where they were.")
        }
        false => format!("No hooks of Signet in {}.", path.display()),
    });
    if let Some(skill) = skill {
        comment(format!(
            "Removed the skill of another Signet: {}",
            skill.display()
        ));
    }
    Ok(())
}

/// Takes our hooks out of the file; answers whether there were any.
fn take_out(path: &Path, agent: Agent) -> Result<bool, Failure> {
    for _ in 0..ATTEMPTS {
        let settings = Settings::read(path)?;
        let Some(now) = settings.text()?.filter(|now| !text::is_blank(now)) else {
            return Ok(false);
        };
        let refused = |why: String| settings.refused(&why);
        let found = text::find(now, agent).map_err(refused)?;
        if found.is_empty() {
            return Ok(false);
        }
        let backup = settings.backup();
        let installed = |before: &str| text::add(before, &found).is_ok_and(|text| text == now);
        let (after, is_restored) = match &backup {
            Some(before) if installed(before) => (Some(before.clone()), true),
            None if installed("") => (None, true),
            _ => {
                let rest = text::remove(now, agent, backup.as_deref()).map_err(refused)?;
                (Some(rest), false)
            }
        };
        if settings.replace(after.as_deref())? {
            if is_restored {
                settings.forget_backup()?;
            }
            return Ok(true);
        }
    }
    Err(contended(path))
}
