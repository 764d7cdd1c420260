//! Handing out what was signed: on standard output, or into a file.

use std::path::Path;

use serde_json::json;

use crate::context::Context;
use crate::failure::Done;
use crate::terminal::{answer_line, comment};
use crate::whole_file;

/// Something signed, as it is handed out.
pub struct Signed<'a> {
    /// What it is, as in "Receipt".
    pub what: &'a str,
    /// Its id.
    pub id: &'a str,
    /// Its text in JSON.
    pub text: String,
}

impl Signed<'_> {
    /// Prints it, or writes it to a file and says so.
    pub fn deliver(&self, output: Option<&Path>, context: &Context) -> Done {
        let Some(path) = output else {
            return answer_line(&self.text);
        };
        whole_file::write_private(&self.what.to_lowercase(), path, &self.text)?;
        if context.json {
            let answer = json!({ "file": path.display().to_string(), "id": self.id });
            return answer_line(answer.to_string());
        }
        comment(format!("{} written to {}", self.what, path.display()));
        Ok(())
    }
}
