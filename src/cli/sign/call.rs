//! The call that a command line describes, as the library reads it.

use clap::Args;
use signet::encoding::jcs;
use signet::encoding::object::ObjectWriter;

use crate::documents;
use crate::failure::{Failure, Outcome};

/// The flags that describe a call.
#[derive(Args, Debug)]
#[command(next_help_heading = "The call")]
pub struct CallFlags {
    /// The tool that is called
    #[arg(long, required_unless_present = "tool_from_env")]
    tool: Option<String>,
    /// Read the tool's name from this environment variable
    #[arg(long, value_name = "VARIABLE")]
    tool_from_env: Option<String>,
    /// Its params: JSON, or @ and a file with JSON
    #[arg(
        long,
        value_name = "JSON|@FILE",
        required_unless_present = "params_from_env"
    )]
    params: Option<String>,
    /// Read the params' JSON from this environment variable
    #[arg(long, value_name = "VARIABLE")]
    params_from_env: Option<String>,
    /// Where the call goes, as in mcp://github
    #[arg(long, value_name = "URI")]
    target: String,
    /// The session it belongs to
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Its id in the program that makes it
    #[arg(long, value_name = "ID")]
    call_id: Option<String>,
    /// What connects it with other calls
    #[arg(long, value_name = "ID")]
    trace_id: Option<String>,
    /// The receipt of the call that led to it
    #[arg(long, value_name = "ID")]
    parent_receipt_id: Option<String>,
}

impl CallFlags {
    /// The action in JSON.
    pub fn action(&self) -> Result<Vec<u8>, Failure> {
        let tool = given("--tool", &self.tool, &self.tool_from_env)?;
        action_text(
            &self.params()?,
            &[
                ("tool", Some(&tool)),
                ("target", Some(&self.target)),
                ("session", self.session.as_deref()),
                ("call_id", self.call_id.as_deref()),
                ("trace_id", self.trace_id.as_deref()),
                ("parent_receipt_id", self.parent_receipt_id.as_deref()),
            ],
        )
    }

    fn params(&self) -> Result<Vec<u8>, Failure> {
        match &self.params {
            Some(params) => documents::inline_or_file("params", params),
            // What comes from elsewhere is never a reason to read a file.
            None => given("--params", &None, &self.params_from_env).map(String::into_bytes),
        }
    }
}

/// An action in JSON, of its params and of these texts.
pub fn action_text(params: &[u8], texts: &[(&str, Option<&str>)]) -> Result<Vec<u8>, Failure> {
    // One value and nothing after it, or it could add members of its own.
    jcs::canonicalize(params, &jcs::Limits::default()).map_err(|error| error.within("params"))?;
    let mut json = Vec::new();
    let mut object = ObjectWriter::new(&mut json);
    object.member("params", Some(params));
    for (name, text) in texts {
        if let Some(text) = text {
            object.text(name, text);
        }
    }
    object.end();
    Ok(json)
}

/// The value of a flag, or of the variable that another flag names.
fn given(flag: &str, value: &Option<String>, variable: &Option<String>) -> Result<String, Failure> {
    match (value, variable) {
        (Some(value), _) => Ok(value.clone()),
        (None, Some(variable)) => std::env::var(variable).map_err(|error| {
            let message = match error {
                std::env::VarError::NotPresent => format!("{variable} is not set"),
                std::env::VarError::NotUnicode(_) => format!("{variable} is not UTF-8"),
            };
            Failure::new(Outcome::Failed, "environment", message)
        }),
        (None, None) => Err(Failure::usage(format!("{flag} is missing"))),
    }
}
