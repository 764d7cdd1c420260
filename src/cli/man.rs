//! `signet man`: the manual, made of the same texts as `--help`.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use serde_json::json;

use crate::context::Context;
use crate::failure::{Done, Failure};
use crate::terminal::{answer, answer_line};

/// What `man` takes.
#[derive(Args, Debug)]
pub struct Command {
    /// A folder for the pages of all commands, made when absent; without it, the
    /// main page goes to standard output
    folder: Option<PathBuf>,
}

impl Command {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        // It has no page of its own.
        let program = crate::Cli::command().disable_help_subcommand(true);
        if let Some(folder) = self.folder {
            std::fs::create_dir_all(&folder)
                .and_then(|()| clap_mangen::generate_to(program, &folder))
                .map_err(|error| Failure::file("folder of manual pages", &folder, &error))?;
            return match context.json {
                true => answer_line(json!({ "folder": folder.display().to_string() }).to_string()),
                false => Ok(()),
            };
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(program)
            .render(&mut page)
            .map_err(|error| Failure::file("manual page", "-".as_ref(), &error))?;
        match context.json {
            true => answer_line(json!({ "page": String::from_utf8_lossy(&page) }).to_string()),
            false => answer(page),
        }
    }
}
