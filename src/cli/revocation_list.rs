//! The list of revocations of the home folder, `revocations.jsonl`, for whoever is
//! about to rely on a delegation or a decision.

use std::path::{Path, PathBuf};

use signet::authority::revocation::{FILE_NAME, Revocations};

use crate::context::Context;
use crate::documents;
use crate::failure::Failure;

const ADVICE: &str = "`signet revocations check` shows which lines cannot be read. Nothing is taken for valid \
     while the list is damaged.";

/// Where the home folder has its list.
pub fn path(context: &Context) -> PathBuf {
    context.home().join(FILE_NAME)
}

/// The list of the home folder; `None` when it has none. One that cannot be read
/// whole is an error.
pub fn of_home(context: &Context) -> Result<Option<Revocations>, Failure> {
    let path = path(context);
    match path.try_exists() {
        Ok(false) => Ok(None),
        Ok(true) => of_file(&path).map(Some),
        Err(error) => Err(Failure::file("revocations", &path, &error)),
    }
}

/// The list in a file.
pub fn of_file(path: &Path) -> Result<Revocations, Failure> {
    let text = documents::read("revocations", path)?;
    let read = Revocations::parse(&text);
    read.map_err(|error| Failure::from(error).with_advice(ADVICE))
}
