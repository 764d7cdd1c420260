//! Evidence bundles: records of the log in a folder that can be handed over.
//!
//! A bundle holds the chosen records as they stand in the log, a signed
//! [`Manifest`], a summary for people, and on request the keys to trust. It is
//! written beside its place and moved there whole: a bundle is complete or not
//! there. Whoever receives one verifies it with
//! [`verify_bundle`](crate::log::verify_bundle), without the log.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::authority::Format;
use crate::authority::trust::TrustBundle;
use crate::crypto::digest::{self, Sha256Stream};
use crate::crypto::random;
use crate::encoding::hex;
use crate::encoding::rfc3339::Instant;
use crate::error::{Error, ErrorKind, Result};
use crate::identity::KeyPair;
use crate::log::bundle_manifest::{Manifest, Statement, file_hash, record_hash};
use crate::log::disk::Disk;
use crate::log::line;
use crate::log::query::{self, Query};
use crate::log::read::{Start, StoredRecord};
use crate::log::recover::Position;
use crate::log::{Log, RecordHash};

pub(super) const RECORDS: &str = "records.jsonl";
pub(super) const MANIFEST: &str = "manifest.json";
pub(super) const SUMMARY: &str = "hash-summary.txt";
pub(super) const TRUST_BUNDLE: &str = "trust-bundle.json";

/// How to write a bundle.
#[derive(Clone, Copy, Debug)]
pub struct BundleOptions<'a> {
    /// Signs the manifest. Whoever verifies the bundle must know this key. Without
    /// one nobody vouches for the bundle, and its verification says so.
    pub exporter: Option<&'a KeyPair>,
    /// The name the exporter gives itself.
    pub exporter_name: &'a str,
    /// When the bundle is made.
    pub generated_at: Instant,
    /// The host it is made on; `unknown` when absent.
    pub host: Option<&'a str>,
    /// The keys to trust, as a document; YAML is converted to JSON.
    pub trust_bundle: Option<(&'a [u8], Format)>,
}

impl Log {
    /// Writes the records that a query matches, oldest first, as a bundle into a
    /// new folder (mode 0700), and answers its manifest.
    ///
    /// The folder may exist when it is empty. [`ErrorKind::RecordNotFound`] when
    /// no record matches; [`ErrorKind::LogTampered`] when one of them does not
    /// have the hash it states, because no bundle with it would verify.
    pub fn write_bundle(
        &self,
        folder: &Path,
        query: &Query<'_>,
        options: &BundleOptions<'_>,
    ) -> Result<Manifest> {
        let (end, start) = self.snapshot(0)?;
        let source = Source {
            disk: self.disk.as_ref(),
            start,
            end,
        };
        write(&source, folder, query, options)
    }
}

/// The log that a bundle is made of, up to a place.
pub(super) struct Source<'d> {
    pub disk: &'d dyn Disk,
    pub start: Start,
    pub end: Position,
}

/// See [`Log::write_bundle`].
pub(super) fn write(
    source: &Source<'_>,
    folder: &Path,
    query: &Query<'_>,
    options: &BundleOptions<'_>,
) -> Result<Manifest> {
    let trust_bundle = match options.trust_bundle {
        Some((text, format)) => Some(TrustBundle::to_json(text, format)?),
        None => None,
    };
    let place = Place::beside(folder)?;
    let written = fill(source, &place, query, options, trust_bundle.as_deref());
    match written {
        Ok(manifest) => {
            place.publish(folder)?;
            Ok(manifest)
        }
        Err(error) => {
            place.discard();
            Err(error)
        }
    }
}

fn fill(
    source: &Source<'_>,
    place: &Place,
    query: &Query<'_>,
    options: &BundleOptions<'_>,
    trust_bundle: Option<&[u8]>,
) -> Result<Manifest> {
    let (start, end) = (&source.start, &source.end);
    let query = Query {
        newest_first: false,
        ..*query
    };
    let mut records = Records::new(place.create(RECORDS)?);
    let mut outcome = Ok(());
    query::run(source.disk, start, end, &query, &mut |record| {
        outcome = records.push(record, place);
        match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })?;
    outcome?;
    let Some(ends) = records.ends.clone() else {
        return Err(Error::new(
            ErrorKind::RecordNotFound,
            "bundle",
            "no record matches what it is to hold",
        ));
    };
    let (count, gaps) = (records.count, records.gaps);
    let (earliest, latest) = (records.earliest.take(), records.latest.take());
    let sha256 = records
        .finish()
        .map_err(|cause| place.failed(RECORDS, &cause))?;
    let statement = options.exporter.map(|exporter| Statement {
        exporter_name: options.exporter_name.to_owned(),
        exporter: *exporter.public_key(),
        first_index: ends.first_index,
        last_index: ends.last_index,
        gaps,
        log_record_count: end.count,
        log_tip_record_hash: record_hash(&end.last),
        trust_bundle_sha256: trust_bundle.map(|text| file_hash(&digest::sha256(text))),
    });
    let manifest = Manifest {
        producer: concat!("libsignet ", env!("CARGO_PKG_VERSION")).to_owned(),
        generated_at: options.generated_at.to_text(),
        host: options.host.unwrap_or("unknown").to_owned(),
        record_count: count,
        chain_start_prev_hash: record_hash(&ends.start),
        chain_tip_record_hash: record_hash(&ends.tip),
        earliest_ts: earliest.map(|(_, text)| text),
        latest_ts: latest.map(|(_, text)| text),
        records_sha256: file_hash(&sha256),
        has_trust_bundle: trust_bundle.is_some(),
        statement,
    };
    if let Some(text) = trust_bundle {
        place.write(TRUST_BUNDLE, text)?;
    }
    place.write(SUMMARY, manifest.summary().as_bytes())?;
    place.write(MANIFEST, &manifest.file(options.exporter)?)?;
    Ok(manifest)
}

/// The records file while it is written.
struct Records {
    file: BufWriter<File>,
    hash: Sha256Stream,
    scratch: Vec<u8>,
    count: u64,
    gaps: u64,
    ends: Option<Ends>,
    earliest: Option<(Instant, String)>,
    latest: Option<(Instant, String)>,
}

#[derive(Clone)]
struct Ends {
    first_index: u64,
    last_index: u64,
    start: RecordHash,
    tip: RecordHash,
}

impl Records {
    fn new(file: File) -> Records {
        Records {
            file: BufWriter::new(file),
            hash: Sha256Stream::new(),
            scratch: Vec::new(),
            count: 0,
            gaps: 0,
            ends: None,
            earliest: None,
            latest: None,
        }
    }

    fn push(&mut self, record: &StoredRecord, place: &Place) -> Result<()> {
        // Written anew, members that no hash covers stay behind.
        self.scratch.clear();
        let hash = line::append_line(&mut self.scratch, &record.receipt, &record.previous);
        if hash != record.record_hash {
            let detail = "a record does not have the hash that it states";
            return Err(Error::new(ErrorKind::LogTampered, "log", detail).at(record.index));
        }
        self.hash.update(&self.scratch);
        let written = self.file.write_all(&self.scratch);
        written.map_err(|cause| place.failed(RECORDS, &cause))?;
        self.count += 1;
        match &mut self.ends {
            Some(ends) => {
                self.gaps += u64::from(ends.tip != record.previous);
                ends.last_index = record.index;
                ends.tip = hash;
            }
            None => {
                self.ends = Some(Ends {
                    first_index: record.index,
                    last_index: record.index,
                    start: record.previous,
                    tip: hash,
                });
            }
        }
        let view = record.view();
        if let (Some(time), Some(text)) = (view.time(), view.time_text()) {
            if self
                .earliest
                .as_ref()
                .is_none_or(|(first, _)| time < *first)
            {
                self.earliest = Some((time, text.clone().into_owned()));
            }
            if self.latest.as_ref().is_none_or(|(last, _)| time > *last) {
                self.latest = Some((time, text.into_owned()));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<RecordHash> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(self.hash.finish())
    }
}

/// The folder in which a bundle is made before it is moved to its place.
struct Place {
    folder: PathBuf,
}

impl Place {
    fn beside(target: &Path) -> Result<Place> {
        let occupied = match fs::read_dir(target) {
            Ok(mut entries) => entries.next().is_some(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(Error::io(target, &error)),
        };
        let name = target.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|_| !occupied) else {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "bundle folder",
                "it must be new or empty, and have a name in UTF-8",
            ));
        };
        let unique = hex::encode(&random::bytes::<8>()?);
        let folder = target.with_file_name(format!(".{name}.{unique}.part"));
        let mut builder = DirBuilder::new();
        let made = builder.mode(0o700).create(&folder);
        made.map_err(|cause| Error::io(&folder, &cause))?;
        Ok(Place { folder })
    }

    fn create(&self, name: &str) -> Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let file = options.open(self.folder.join(name));
        file.map_err(|cause| self.failed(name, &cause))
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let mut file = self.create(name)?;
        let written = file.write_all(content).and_then(|()| file.sync_all());
        written.map_err(|cause| self.failed(name, &cause))
    }

    fn publish(self, target: &Path) -> Result<()> {
        let parent = match target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        let moved = sync(&self.folder)
            .and_then(|()| fs::rename(&self.folder, target))
            .and_then(|()| sync(parent));
        moved.map_err(|cause| {
            self.discard();
            Error::io(target, &cause)
        })
    }

    fn discard(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn failed(&self, name: &str, cause: &io::Error) -> Error {
        Error::io(&self.folder.join(name), cause)
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
