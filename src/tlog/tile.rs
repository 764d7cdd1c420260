//! Tiles: how C2SP tlog-tiles cuts a tree into files that never change.
//!
//! A tile holds up to 256 consecutive hashes of one height. Level 0 holds leaf
//! hashes, each level above the roots of full tiles of the level below, so that
//! a tree of `n` leaves takes `n / 255` hashes more than its leaves. A tile that
//! is not full yet is partial, and stored under a name that tells its width.

use std::fmt;

use crate::encoding::decimal;
use crate::error::{Error, ErrorKind, Result};
use crate::tlog::tree::HASH_LEN;

/// The number of hashes in a full tile.
pub const FULL_WIDTH: u16 = 256;
/// The length of a full tile in bytes.
pub const FULL_LEN: usize = FULL_WIDTH as usize * HASH_LEN;
/// The number of tree levels that one tile spans.
pub const TILE_HEIGHT: u32 = 8;
/// The highest level that a tile path can name.
pub const MAX_LEVEL: u8 = 63;

/// The name of a tile: its level, its place in the level, and its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile `index` of `level` with its first `width` hashes.
    ///
    /// Fails with [`ErrorKind::InvalidArgument`] when the level is above
    /// [`MAX_LEVEL`] or the width is not between 1 and [`FULL_WIDTH`].
    pub fn new(level: u8, index: u64, width: u16) -> Result<Tile> {
        if level > MAX_LEVEL || width == 0 || width > FULL_WIDTH {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "tile",
                format!("no tile has level {level} and width {width}"),
            ));
        }
        Ok(Tile {
            level,
            index,
            width,
        })
    }

    /// The widest form that the tile `index` of `level` has in a tree of `size`
    /// leaves; `None` when that tree has no such tile.
    pub fn of_tree(size: u64, level: u8, index: u64) -> Option<Tile> {
        let first = index.checked_mul(u64::from(FULL_WIDTH))?;
        let count = hashes_at(size, level).checked_sub(first)?;
        let width = count.min(u64::from(FULL_WIDTH)) as u16;
        Tile::new(level, index, width).ok()
    }

    /// The level: the hashes in the tile are roots of `256^level` leaves each.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// The place among the tiles of the level, from 0.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The number of hashes, from 1 to [`FULL_WIDTH`].
    pub fn width(&self) -> u16 {
        self.width
    }

    /// The length of the tile's content in bytes.
    pub fn byte_len(&self) -> usize {
        usize::from(self.width) * HASH_LEN
    }

    /// Whether the tile has fewer than [`FULL_WIDTH`] hashes.
    pub fn is_partial(&self) -> bool {
        self.width < FULL_WIDTH
    }

    /// Where the tile is stored and served, relative to the log, as in
    /// `tile/0/x001/x234/067.p/12`.
    pub fn path(&self) -> String {
        format!("tile/{}/{}", self.level, self.position())
    }

    /// Reads a path, in exactly the form of [`Tile::path`].
    ///
    /// Fails with [`ErrorKind::InvalidArgument`].
    pub fn parse(path: &str) -> Result<Tile> {
        parse_tile_path(path).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidArgument,
                "tile path",
                "it is not of the form tile/<level>/<index>[.p/<width>]",
            )
        })
    }

    /// The tiles that a tree gains or changes when it grows from `from` to `to`
    /// leaves, level by level: full ones, and one partial at the end of a level
    /// where the growth ends inside a tile. Nothing when it does not grow.
    ///
    /// A partial tile that grows counts as a new one, since its name changes.
    pub fn grown(from: u64, to: u64) -> impl Iterator<Item = Tile> {
        (0..=MAX_LEVEL).flat_map(move |level| {
            let first = hashes_at(from, level) / u64::from(FULL_WIDTH);
            let end = if hashes_at(to, level) > hashes_at(from, level) {
                hashes_at(to, level).div_ceil(u64::from(FULL_WIDTH))
            } else {
                first
            };
            (first..end).filter_map(move |index| Tile::of_tree(to, level, index))
        })
    }

    /// The index and width as they stand in paths.
    pub(super) fn position(&self) -> Position {
        Position {
            index: self.index,
            width: self.width,
        }
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, self.position())
    }
}

/// Where tiles are kept: a folder, a cache, a web server's copy.
pub trait TileSource {
    /// The content of a tile, or `None` when it is not there.
    ///
    /// Tiles only ever grow at their end, so a source may answer with more
    /// hashes of the same tile than `tile` is wide: with the full tile, say,
    /// when the partial one has been deleted. Whoever asks uses the beginning
    /// and checks the length.
    fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>>;
}

impl<S: TileSource + ?Sized> TileSource for &S {
    fn read_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>> {
        (**self).read_tile(tile)
    }
}

/// The number of hashes that a tree of `size` leaves has at `level`.
pub(super) fn hashes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * TILE_HEIGHT)
        .unwrap_or(0)
}

/// An index in groups of three digits, all but the last with an `x` in front,
/// and the width where it is partial: `x001/x234/067.p/12`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub index: u64,
    pub width: u16,
}

impl Position {
    /// Reads exactly what `Display` writes.
    pub fn parse(text: &str) -> Option<Position> {
        let (groups, width) = match text.split_once(".p/") {
            Some((groups, width)) => {
                let width = u16::try_from(decimal::parse_u64(width)?).ok()?;
                if width == 0 || width >= FULL_WIDTH {
                    return None;
                }
                (groups, width)
            }
            None => (text, FULL_WIDTH),
        };
        let (upper, last) = match groups.rsplit_once('/') {
            Some((upper, last)) => (Some(upper), last),
            None => (None, groups),
        };
        let mut index = 0;
        if let Some(upper) = upper {
            for group in upper.split('/') {
                index = append_group(index, group.strip_prefix('x')?)?;
            }
            // The first group of several says something.
            if upper.starts_with("x000") {
                return None;
            }
        }
        index = append_group(index, last)?;
        Some(Position { index, width })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // 64 bits have at most twenty digits: seven groups.
        let mut group = 1_000_u64.pow(6);
        while group > 1 {
            if self.index >= group {
                write!(f, "x{:03}/", self.index / group % 1_000)?;
            }
            group /= 1_000;
        }
        write!(f, "{:03}", self.index % 1_000)?;
        if self.width < FULL_WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

fn append_group(index: u64, digits: &str) -> Option<u64> {
    if digits.len() != 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    index.checked_mul(1_000)?.checked_add(digits.parse().ok()?)
}

fn parse_tile_path(path: &str) -> Option<Tile> {
    let (level, position) = path.strip_prefix("tile/")?.split_once('/')?;
    let level = u8::try_from(decimal::parse_u64(level)?).ok()?;
    let Position { index, width } = Position::parse(position)?;
    Tile::new(level, index, width).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        for (tile, path) in [
            ((0, 0, 256), "tile/0/000"),
            ((0, 273, 112), "tile/0/273.p/112"),
            ((3, 1_234_067, 256), "tile/3/x001/x234/067"),
            ((63, 1_000, 1), "tile/63/x001/000.p/1"),
            (
                (0, u64::MAX, 255),
                "tile/0/x018/x446/x744/x073/x709/x551/615.p/255",
            ),
        ] {
            let tile = Tile::new(tile.0, tile.1, tile.2).unwrap();
            assert_eq!(tile.path(), path);
            assert_eq!(tile.to_string(), path);
            assert_eq!(Tile::parse(path).unwrap(), tile);
        }
    }

    #[test]
    fn other_paths_are_refused() {
        for path in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile//000",
            "/tile/0/000",
            "tile/00/000",
            "tile/+1/000",
            "tile/64/000",
            "tile/-1/000",
            "tile/0/0",
            "tile/0/0000",
            "tile/0/x000",
            "tile/0/x000/001",
            "tile/0/001/000",
            "tile/0/x1/000",
            "tile/0/x+12/000",
            "tile/0/x001//000",
            "tile/0/x001/x000",
            "tile/0/000/",
            "tile/0/000.p",
            "tile/0/000.p/",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000.p/256",
            "tile/0/000.p/1/",
            "tile/0/000.p/1.p/1",
            "tile/entries/000",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            let error = Tile::parse(path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{path}");
        }
    }

    #[test]
    fn the_tiles_of_the_specification_s_examples() {
        let of = |size| {
            Tile::grown(0, size)
                .map(|t| (t.level(), t.index(), t.width()))
                .collect::<Vec<_>>()
        };
        assert_eq!(of(0), []);
        assert_eq!(of(256), [(0, 0, 256), (1, 0, 1)]);
        let tiles = of(70_000);
        assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
        assert_eq!(
            tiles[273..],
            [(0, 273, 112), (1, 0, 256), (1, 1, 17), (2, 0, 1)]
        );
    }

    #[test]
    fn growth_names_exactly_the_tiles_that_differ() {
        let all = |size: u64| -> Vec<Tile> {
            let mut tiles = Vec::new();
            for level in 0..3 {
                let tile = |index| Tile::of_tree(size, level, index);
                tiles.extend((0..).map_while(tile));
            }
            tiles
        };
        let sizes = [
            0, 1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 66_000,
        ];
        for from in sizes {
            let before = all(from);
            for to in sizes {
                let grown: Vec<Tile> = Tile::grown(from, to).collect();
                let expected: Vec<Tile> = all(to)
                    .into_iter()
                    .filter(|tile| to > from && !before.contains(tile))
                    .collect();
                assert_eq!(grown, expected, "{from} -> {to}");
            }
        }
    }

    #[test]
    fn the_largest_trees_do_not_overflow() {
        let last = Tile::grown(u64::MAX - 1, u64::MAX).collect::<Vec<_>>();
        assert_eq!(last, [Tile::new(0, u64::MAX >> 8, 255).unwrap()]);
        assert_eq!(Tile::of_tree(u64::MAX, 0, u64::MAX), None);
        assert_eq!(Tile::of_tree(u64::MAX, 8, 0), None);
        assert_eq!(Tile::of_tree(u64::MAX, 63, 0), None);
        assert!(Tile::grown(0, u64::MAX).next().is_some());
        assert!(Tile::new(0, 0, 0).is_err());
        assert!(Tile::new(0, 0, 257).is_err());
        assert!(Tile::new(64, 0, 1).is_err());
    }
}
