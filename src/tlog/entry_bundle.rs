//! Entry bundles: the entries behind the leaf hashes, in files of 256
//! (C2SP tlog-tiles, "Log entries").
//!
//! An audit log keeps its records elsewhere; bundles are what it shows to stock
//! monitors and mirrors, which want to hash the leaves themselves.

use crate::error::{Error, ErrorKind, Result};
use crate::tlog::tile::{FULL_WIDTH, Position, Tile};

/// The longest entry that a bundle can hold, in bytes.
pub const MAX_ENTRY_LEN: usize = u16::MAX as usize;

/// Where a bundle is stored and served, relative to the log: with the name of
/// the level 0 tile that holds the hashes of its entries, as in
/// `tile/entries/x001/x234/067.p/12`.
///
/// Fails with [`ErrorKind::InvalidArgument`] for tiles of other levels.
pub fn path(tile: &Tile) -> Result<String> {
    if tile.level() != 0 {
        return Err(Error::new(
            ErrorKind::InvalidArgument,
            "entry bundle",
            format!("{tile} has no entries, only tiles of level 0 have"),
        ));
    }
    Ok(format!("tile/entries/{}", tile.position()))
}

/// The level 0 tile that belongs to a bundle, from the bundle's path.
///
/// Fails with [`ErrorKind::InvalidArgument`].
pub fn parse_path(path: &str) -> Result<Tile> {
    path.strip_prefix("tile/entries/")
        .and_then(Position::parse)
        .and_then(|position| Tile::new(0, position.index, position.width).ok())
        .ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                "entry bundle path",
                "it is not of the form tile/entries/<index>[.p/<width>]",
            )
        })
}

/// Appends an entry to a bundle: its length in 16 bits, big-endian, and its
/// bytes.
///
/// Fails with [`ErrorKind::TooLarge`] above [`MAX_ENTRY_LEN`].
pub fn append(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<()> {
    let length = u16::try_from(entry.len()).map_err(|_| {
        Error::new(
            ErrorKind::TooLarge,
            "log entry",
            format!("{} bytes are more than 65535", entry.len()),
        )
    })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle, at most 256.
///
/// Fails with [`ErrorKind::TileInvalid`] when an entry is cut short or there
/// are too many.
pub fn entries(bundle: &[u8]) -> Result<Vec<&[u8]>> {
    let invalid = |detail| Error::new(ErrorKind::TileInvalid, "entry bundle", detail);
    let mut entries = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        if entries.len() == usize::from(FULL_WIDTH) {
            return Err(invalid("it has more than 256 entries"));
        }
        let (entry, after) = rest
            .split_first_chunk::<2>()
            .and_then(|(length, after)| {
                after.split_at_checked(usize::from(u16::from_be_bytes(*length)))
            })
            .ok_or_else(|| invalid("it ends inside an entry"))?;
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_reads_back_and_never_in_part() {
        let long = vec![7; MAX_ENTRY_LEN];
        let all: Vec<&[u8]> = vec![b"one", b"", &long, b"four"];
        let mut bundle = Vec::new();
        for entry in &all {
            append(&mut bundle, entry).unwrap();
        }
        assert_eq!(entries(&bundle).unwrap(), all);
        let ends = [0, 5, 7, 7 + 2 + MAX_ENTRY_LEN, bundle.len()];
        for cut in 0..bundle.len() {
            assert_eq!(
                entries(&bundle[..cut]).is_ok(),
                ends.contains(&cut),
                "{cut}"
            );
        }
        assert_eq!(entries(&[0; 512]).unwrap().len(), 256);
        assert!(entries(&[0; 514]).is_err());
        assert!(append(&mut bundle, &[0; MAX_ENTRY_LEN + 1]).is_err());
    }

    #[test]
    fn a_bundle_is_named_like_its_tile() {
        let tile = Tile::new(0, 1_234_067, 12).unwrap();
        assert_eq!(path(&tile).unwrap(), "tile/entries/x001/x234/067.p/12");
        assert_eq!(parse_path(&path(&tile).unwrap()).unwrap(), tile);
        assert!(path(&Tile::new(1, 0, 256).unwrap()).is_err());
        assert!(parse_path("tile/0/000").is_err());
        assert!(parse_path("tile/entries/x000/000").is_err());
    }
}
