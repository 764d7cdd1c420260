//! Obligations: what whoever runs an allowed action must do besides.
//!
//! They are carried, not carried out: the library reads them strictly, hashes
//! them with the policy and hands them over with the decision.

use crate::authority::document::{Cursor, quoted};
use crate::authority::policy::hash;
use crate::authority::policy::matcher::Exact;
use crate::authority::principal;
use crate::encoding::object::ObjectWriter;
use crate::error::Result;

/// One obligation of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    kind: String,
    version: u32,
    json: Vec<u8>,
}

const OBLIGATION: &[&str] = &["type", "version", "parameters"];

impl Obligation {
    /// The type: `require_approval`, `require_cosign`, `sandbox`, `audit`, or a
    /// private one that starts with `x-`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The version of the type, from 1.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The obligation as canonical JSON: `{"parameters", "type", "version"}`.
    pub fn json(&self) -> &[u8] {
        &self.json
    }

    pub(super) fn read(cursor: &Cursor<'_>) -> Result<Obligation> {
        let obligation = cursor.object(OBLIGATION)?;
        let kind = obligation.required("type")?;
        let version = obligation.required("version")?;
        let parameters = obligation.required("parameters")?;
        let number = version.integer(u32::MAX.into())?;
        if number == 0 {
            return Err(version.refuse("versions count from 1"));
        }
        let name = kind.strict_text()?;
        let private = name.strip_prefix("x-").is_some_and(|rest| !rest.is_empty());
        if !private && number != 1 {
            return Err(version.refuse("only version 1 of this type is known"));
        }
        match name {
            "require_approval" => {
                let given = parameters.object(&["approver", "within"])?;
                if let Some(approver) = given.get("approver") {
                    principal::check(approver.strict_text()?)
                        .map_err(|error| approver.refuse(error.detail()))?;
                }
                if let Some(within) = given.get("within") {
                    check_duration(&within)?;
                }
            }
            "require_cosign" => {
                let given = parameters.object(&["server"])?;
                let server = given.required("server")?;
                if server.strict_text()?.trim().is_empty() {
                    return Err(server.refuse("it must not be empty"));
                }
            }
            "sandbox" => {
                let given = parameters.object(&["required"])?;
                let required = given.required("required")?;
                if required.boolean().is_none() {
                    return Err(required.refuse("it must be true or false"));
                }
            }
            "audit" => {
                let given = parameters.object(&["retention"])?;
                check_duration(&given.required("retention")?)?;
            }
            _ if private => {
                parameters.free_object()?;
            }
            unknown => {
                let detail = format!(
                    "unknown type {} (known: require_approval, require_cosign, sandbox, audit; \
                     private types start with x-)",
                    quoted(unknown)
                );
                return Err(kind.refuse(&detail));
            }
        }
        let mut written = Vec::new();
        let unwritable = hash::append_json(&mut written, parameters.node()).is_some();
        let exact = Exact::parse(&written).filter(|_| !unwritable);
        let Some(exact) = exact else {
            return Err(parameters.refuse("a number in it has no exact JSON form"));
        };
        let mut json = Vec::new();
        let mut object = ObjectWriter::new(&mut json);
        object.member("parameters", Some(exact.json()));
        object.text("type", name);
        object.member("version", Some(number.to_string().as_bytes()));
        object.end();
        Ok(Obligation {
            kind: name.to_owned(),
            version: u32::try_from(number).unwrap_or(u32::MAX),
            json,
        })
    }
}

/// `<digits>s`, `m`, `h` or `d`.
fn check_duration(cursor: &Cursor<'_>) -> Result<()> {
    let text = cursor.strict_text()?;
    let digits = text.strip_suffix(['s', 'm', 'h', 'd']).unwrap_or("");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(cursor.refuse("it must be a duration: digits and one of s, m, h, d"));
    }
    Ok(())
}
