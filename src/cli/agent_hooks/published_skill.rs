//! The skill that the published Signet installs for Claude Code, which runs its
//! own program after each call. It is removed when it is just that: nothing of
//! the user's may go with it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::agent::Agent;
use crate::failure::Failure;

const SKILL: &str = "SKILL.md";
const SCRIPT: &str = "sign-tool-call.sh";

/// Its folder, if it is there.
pub fn find(agent: Agent) -> Result<Option<PathBuf>, Failure> {
    if agent != Agent::ClaudeCode {
        return Ok(None);
    }
    let settings = agent.settings_file()?;
    let folder = settings.with_file_name("skills").join("signet");
    Ok(is_recognised(&folder).then_some(folder))
}

/// Removes it if it is there; answers what was removed.
pub fn remove(agent: Agent) -> Result<Option<PathBuf>, Failure> {
    let Some(folder) = find(agent)? else {
        return Ok(None);
    };
    let bin = folder.join("bin");
    let done = fs::remove_file(bin.join(SCRIPT))
        .and_then(|()| fs::remove_dir(&bin))
        .and_then(|()| fs::remove_file(folder.join(SKILL)))
        .and_then(|()| fs::remove_dir(&folder));
    done.map_err(|error| Failure::file("skill", &folder, &error))?;
    Ok(Some(folder))
}

/// Whether the folder holds the two files, as the published program writes them,
/// and nothing else.
fn is_recognised(folder: &Path) -> bool {
    let (skill, bin) = (folder.join(SKILL), folder.join("bin"));
    let script = bin.join(SCRIPT);
    let text = |path: &Path| fs::read_to_string(path).unwrap_or_default();
    let has_only = |folder: &Path, name: &[&str]| {
        fs::read_dir(folder).is_ok_and(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.file_name()))
                .all(|entry| entry.is_ok_and(|entry| name.iter().any(|name| entry == *name)))
        })
    };
    let is_real = |path: &Path| fs::symlink_metadata(path).is_ok_and(|it| !it.is_symlink());
    [folder, &skill, &bin, &script].into_iter().all(is_real)
        && has_only(folder, &[SKILL, "bin"])
        && has_only(&bin, &[SCRIPT])
        && text(&skill).contains("name: signet")
        && text(&skill).contains("bin/sign-tool-call.sh")
        && text(&script).contains("--tool-from-env TOOL_NAME")
        && text(&script).contains("--params-from-env TOOL_INPUT")
}
