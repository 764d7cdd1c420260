//! `signet trust disable`, `revoke` and `rotate`.

use std::path::{Path, PathBuf};

use clap::Args;
use signet::authority::Format;
use signet::authority::trust_edit::{Successor, TrustBundleEditor};
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;

use crate::context::Context;
use crate::documents;
use crate::failure::{Done, Failure};
use crate::terminal::{answer_line, comment};
use crate::whole_file::{self, Held};

/// The flags of `disable` and `revoke`.
#[derive(Args, Debug)]
pub struct Withdraw {
    #[command(flatten)]
    place: Place,
}

/// Which entry of which file, and when.
#[derive(Args, Debug)]
struct Place {
    /// The trust bundle (YAML or JSON)
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// The section of the entry
    #[arg(long)]
    section: super::Section,
    /// The id of the entry
    #[arg(long)]
    id: String,
    /// From when on, RFC 3339 in UTC [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Write the changed bundle here and leave the file as it is
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The flags of `rotate`.
#[derive(Args, Debug)]
pub struct Rotate {
    #[command(flatten)]
    place: Place,
    /// The id of the new entry
    #[arg(long, value_name = "ID")]
    new_id: String,
    /// The new key: ed25519:<base64> or did:key
    #[arg(long, value_name = "KEY")]
    new_pubkey: String,
    /// The name of the new entry [default: the old one's]
    #[arg(long, value_name = "NAME")]
    new_name: Option<String>,
    /// The owner of the new entry [default: the old one's]
    #[arg(long, value_name = "OWNER")]
    new_owner: Option<String>,
    /// Keep the old key active until then
    #[arg(long, value_name = "TIME")]
    overlap_until: Option<String>,
}

impl Withdraw {
    /// Runs `disable`.
    pub fn disable(self, context: &Context) -> Done {
        let place = &self.place;
        place.edit(context, |bundle, at| {
            bundle.disable(place.section.into(), &place.id, at)?;
            Ok(place.said("Disabled", ""))
        })
    }

    /// Runs `revoke`.
    pub fn revoke(self, context: &Context) -> Done {
        let place = &self.place;
        place.edit(context, |bundle, at| {
            bundle.revoke(place.section.into(), &place.id, at)?;
            Ok(place.said("Revoked", ""))
        })
    }
}

impl Rotate {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let place = &self.place;
        let key = match self.new_pubkey.starts_with("did:key:") {
            true => key_text::parse(&self.new_pubkey),
            false => key_text::parse_prefixed(&self.new_pubkey),
        };
        let key = key.map_err(|error| error.within("--new-pubkey"))?;
        let until = self.overlap_until.as_deref().map(time_of).transpose()?;
        place.edit(context, |bundle, at| {
            let successor = Successor {
                id: &self.new_id,
                key,
                name: self.new_name.as_deref(),
                owner: self.new_owner.as_deref(),
                overlap_until: until,
            };
            bundle.rotate(place.section.into(), &place.id, &successor, at)?;
            Ok(place.said("Rotated", &format!(" -> '{}'", self.new_id)))
        })
    }
}

impl Place {
    /// Reads the bundle, changes it and writes it. The file is held meanwhile, so
    /// that no other change is lost.
    fn edit(
        &self,
        context: &Context,
        change: impl FnOnce(&mut TrustBundleEditor, Instant) -> Result<String, Failure>,
    ) -> Done {
        let at = match &self.at {
            Some(at) => time_of(at)?,
            None => context.now(),
        };
        let target = format_of(self.written())?;
        let mut held = match self.output {
            Some(_) => None,
            None => Some(Held::existing("trust bundle", &self.path)?),
        };
        let text = match &mut held {
            Some(file) => file.read("trust bundle")?,
            None => documents::read("trust bundle", &self.path)?,
        };
        let format = match format_of(&self.path) {
            Ok(format) => format,
            Err(_) => Format::of_text(&text),
        };
        let mut bundle = TrustBundleEditor::parse(&text, format)?;
        let said = change(&mut bundle, at)?;
        let text = bundle.to_text(target)?;
        match held {
            Some(file) => file.replace("trust bundle", &text)?,
            None => whole_file::write("trust bundle", self.written(), &text)?,
        }
        comment(said);
        match context.json {
            true => answer_line(
                serde_json::json!({
                    "id": self.id,
                    "path": self.written().display().to_string(),
                    "at": at.to_text(),
                })
                .to_string(),
            ),
            false => Ok(()),
        }
    }

    fn written(&self) -> &Path {
        self.output.as_deref().unwrap_or(&self.path)
    }

    fn said(&self, what: &str, successor: &str) -> String {
        let section = signet::authority::trust::Section::from(self.section);
        format!(
            "{what} {} entry '{}'{successor} in {}",
            section.as_text(),
            self.id,
            self.written().display()
        )
    }
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    documents::format_of(path).ok_or_else(|| {
        Failure::usage(format!(
            "'{}' must end in .yaml, .yml or .json: that says how it is written",
            path.display()
        ))
    })
}

/// A time of a bundle, which is written in UTC.
fn time_of(text: &str) -> Result<Instant, Failure> {
    let time = Instant::parse(text).map_err(|error| error.within("time"))?;
    match ["Z", "z", "+00:00", "-00:00"]
        .iter()
        .any(|utc| text.ends_with(utc))
    {
        true => Ok(time),
        false => Err(Failure::usage(format!(
            "'{text}' must be in UTC (Z or +00:00)"
        ))),
    }
}
