//! `signet trust inspect` and `signet trust list`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use signet::authority::trust::{KeyStatus, Section, TrustBundle};
use signet::encoding::key_text;
use signet::encoding::rfc3339::Instant;

use crate::context::Context;
use crate::documents;
use crate::failure::Done;
use crate::terminal::{answer, answer_line, plain};

/// The flags of `inspect`.
#[derive(Args, Debug)]
pub struct Inspect {
    /// The trust bundle (YAML or JSON)
    #[arg(value_name = "FILE")]
    path: PathBuf,
}

/// The flags of `list`.
#[derive(Args, Debug)]
pub struct List {
    /// The trust bundle (YAML or JSON)
    #[arg(value_name = "FILE")]
    path: PathBuf,
    /// Only the keys of one section
    #[arg(long)]
    section: Option<super::Section>,
    /// Only the keys that are active now
    #[arg(long)]
    active_only: bool,
}

impl Inspect {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let bundle = documents::trust_bundle(&self.path)?;
        let now = context.now();
        if context.json {
            return answer_line(as_json(&bundle, now).to_string());
        }
        answer(summary(&bundle, now) + &table(&bundle, &Section::ALL, now, false))
    }
}

impl List {
    /// Runs it.
    pub fn run(self, context: &Context) -> Done {
        let bundle = documents::trust_bundle(&self.path)?;
        let now = context.now();
        let only = self.section.map(|section| vec![section.into()]);
        let sections: Vec<Section> = only.unwrap_or_else(|| Section::ALL.to_vec());
        if context.json {
            return answer_line(keys_json(&bundle, &sections, now, self.active_only).to_string());
        }
        answer(table(&bundle, &sections, now, self.active_only))
    }
}

fn summary(bundle: &TrustBundle, now: Instant) -> String {
    let mut out = format!(
        "Bundle: {}\nOrg: {}\nEnv: {}\nGenerated: {}\n",
        plain(bundle.bundle_id()),
        plain(bundle.org()),
        bundle.env(),
        bundle.generated_at().to_text().replace(".000Z", "Z")
    );
    if let Some(description) = bundle.description() {
        let _ = writeln!(out, "Description: {}", plain(description));
    }
    out.push('\n');
    for section in Section::ALL {
        let keys = bundle.keys(section);
        let _ = write!(out, "{}: total={}", section.as_text(), keys.len());
        for (status, count) in counts(bundle, section, now) {
            let _ = write!(out, " {}={count}", status.as_text());
        }
        out.push('\n');
    }
    out.push('\n');
    out
}

fn counts(
    bundle: &TrustBundle,
    section: Section,
    now: Instant,
) -> impl Iterator<Item = (KeyStatus, usize)> {
    let every = [
        KeyStatus::Active,
        KeyStatus::Disabled,
        KeyStatus::Revoked,
        KeyStatus::Expired,
    ];
    every.into_iter().map(move |status| {
        let keys = bundle.keys(section).iter();
        (
            status,
            keys.filter(|key| key.status_at(now) == status).count(),
        )
    })
}

fn table(bundle: &TrustBundle, sections: &[Section], now: Instant, active_only: bool) -> String {
    let mut out = row("SECTION", "ID", "NAME", "STATUS", "OWNER", "PUBKEY");
    out.push_str(&"-".repeat(110));
    out.push('\n');
    for &section in sections {
        for key in bundle.keys(section) {
            let status = key.status_at(now);
            if active_only && status != KeyStatus::Active {
                continue;
            }
            out.push_str(&row(
                section.as_text(),
                &plain(&key.id),
                &plain(&key.name),
                status.as_text(),
                &plain(&key.owner),
                &key_text::prefixed(&key.key),
            ));
        }
    }
    out
}

fn row(section: &str, id: &str, name: &str, status: &str, owner: &str, key: &str) -> String {
    format!("{section:<8} {id:<20} {name:<20} {status:<12} {owner:<20} {key}\n")
}

fn as_json(bundle: &TrustBundle, now: Instant) -> serde_json::Value {
    let mut sections = serde_json::Map::new();
    for section in Section::ALL {
        let mut of_section = serde_json::Map::new();
        of_section.insert("total".to_owned(), bundle.keys(section).len().into());
        for (status, count) in counts(bundle, section, now) {
            of_section.insert(status.as_text().to_owned(), count.into());
        }
        sections.insert(section.as_text().to_owned(), of_section.into());
    }
    serde_json::json!({
        "bundle_id": bundle.bundle_id(),
        "org": bundle.org(),
        "env": bundle.env(),
        "generated_at": bundle.generated_at().to_text(),
        "description": bundle.description(),
        "source": bundle.source(),
        "sections": sections,
        "keys": keys_json(bundle, &Section::ALL, now, false),
    })
}

fn keys_json(
    bundle: &TrustBundle,
    sections: &[Section],
    now: Instant,
    active_only: bool,
) -> serde_json::Value {
    let list = bundle.list_json(sections, now);
    let mut list: Vec<serde_json::Value> = serde_json::from_slice(&list).unwrap_or_default();
    list.retain(|key| !active_only || key["status"] == KeyStatus::Active.as_text());
    list.into()
}
