//! Signed records that did not get into the log, because it was held by somebody
//! else, damaged or on a full disk. They are kept in a file beside it, a line
//! each, and the next call that gets through takes them along.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use signet::log::{Log, Record};

use super::counters::own_folder;
use crate::failure::Failure;

/// The largest file that is taken into the log at once, in bytes.
const MAX_LEN: u64 = 64 << 20;

/// Where they stand.
pub fn path(home: &Path) -> PathBuf {
    home.join("unlogged.jsonl")
}

/// Keeps a record; answers where.
pub fn keep(home: &Path, record: &Record) -> io::Result<PathBuf> {
    own_folder(home)?;
    let path = path(home);
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.read(true).open(&path)?;
    file.lock()?;
    let end = match ends_a_line(&mut file)? {
        true => b"".as_slice(),
        false => b"\n",
    };
    file.write_all(&[end, record.json(), b"\n"].concat())?;
    file.sync_data()?;
    Ok(path)
}

/// Whether what is there ends with a whole line: a crash may have torn the last.
fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Appends to the log what was kept, and forgets it. What a crash in between
/// leaves is appended once more: rather twice than never. A line that is no record
/// stays.
pub fn take_in(home: &Path, log: &Log) -> Result<(), Failure> {
    let path = path(home);
    let trouble = |error: io::Error| Failure::file("unlogged records", &path, &error);
    let mut file = match File::options().read(true).append(true).open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(trouble(error)),
    };
    let mut text = Vec::new();
    file.lock().map_err(trouble)?;
    (&file)
        .take(MAX_LEN + 1)
        .read_to_end(&mut text)
        .map_err(trouble)?;
    if text.len() as u64 > MAX_LEN {
        let error = io::Error::other(format!("larger than {MAX_LEN} bytes"));
        return Err(trouble(error));
    }
    let (mut records, mut rest) = (Vec::new(), Vec::new());
    for line in text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        match Record::parse(line, log.max_record_len()) {
            Ok(record) => records.push(record),
            Err(_) => rest.extend_from_slice(&[line, b"\n"].concat()),
        }
    }
    if records.is_empty() {
        return Ok(());
    }
    log.append_many(&records)?;
    file.set_len(0).map_err(trouble)?;
    file.write_all(&rest).map_err(trouble)
}
