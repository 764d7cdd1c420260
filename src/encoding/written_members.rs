//! Putting the members of an object that has just been written into the order
//! of RFC 8785 section 3.2.3: by the UTF-16 code units of their names.
//!
//! Bytes of UTF-8 sort like that too, unless a name has an escape or a
//! character at or above U+E000; and the first eight bytes mostly suffice. So
//! hardly any comparison looks at a name.

use std::cmp::Ordering;

use crate::encoding::text;

/// A member that was written to a text: `start..colon` is the quoted name.
#[derive(Clone, Copy, Debug)]
pub struct WrittenMember {
    /// Where its quoted name starts.
    pub start: usize,
    /// Where its colon stands.
    pub colon: usize,
    /// Where its name stands in the input.
    pub offset: usize,
    /// The place after its value, filled in by [`sort`].
    end: usize,
    /// The first eight bytes of the name as a number that sorts like them.
    head: u64,
    /// Whether the bytes of the name may not sort like its code units.
    delicate: bool,
}

impl WrittenMember {
    /// The member whose quoted name ends `out`, was written from `start` on and
    /// stands at `offset` in the input.
    #[inline]
    pub fn new(
        out: &[u8],
        start: usize,
        input: &[u8],
        offset: usize,
        escaped: bool,
    ) -> WrittenMember {
        let name = out.get(start + 1..out.len() - 1).unwrap_or(&[]);
        // What follows the name in the input saves asking how long it is.
        let given = input.get(offset + 1..).unwrap_or(&[]).first_chunk::<8>();
        let head = match given {
            Some(bytes) if name.len() < 8 => {
                u64::from_be_bytes(*bytes) & !(u64::MAX >> (8 * name.len()))
            }
            Some(bytes) => u64::from_be_bytes(*bytes),
            None => 0,
        };
        let is_high = |byte: &u8| *byte >= 0xee;
        WrittenMember {
            start,
            colon: out.len(),
            offset,
            end: 0,
            head,
            delicate: escaped || given.is_none() || (!name.is_ascii() && name.iter().any(is_high)),
        }
    }

    /// The inside of the quoted name.
    pub fn name<'a>(&self, out: &'a [u8]) -> &'a [u8] {
        out.get(self.start + 1..self.colon - 1).unwrap_or(&[])
    }

    /// Compares the names of two members by UTF-16 code units.
    #[inline]
    pub fn compare(&self, other: &WrittenMember, out: &[u8]) -> Ordering {
        // A name without escapes has no zero byte, so a head that was filled up
        // with zeros is that of a shorter name.
        if self.head != other.head && !self.delicate && !other.delicate {
            return self.head.cmp(&other.head);
        }
        self.compare_whole(other, out)
    }

    #[inline(never)]
    fn compare_whole(&self, other: &WrittenMember, out: &[u8]) -> Ordering {
        let (left, right) = (self.name(out), other.name(out));
        if self.delicate || other.delicate {
            text::utf16_units(left).cmp(text::utf16_units(right))
        } else {
            left.cmp(right)
        }
    }
}

/// Sorts the members that end `out`, of equal ones the earlier first. Answers the
/// first member in the input whose name another one has before it.
pub fn sort(out: &[u8], members: &mut [WrittenMember]) -> Option<WrittenMember> {
    // They stand one after the other, a comma between.
    let mut next = out.len() + 1;
    for member in members.iter_mut().rev() {
        member.end = next - 1;
        next = member.start;
    }
    members.sort_unstable_by(|left, right| {
        left.compare(right, out)
            .then(left.offset.cmp(&right.offset))
    });
    let pairs = members.iter().zip(members.iter().skip(1));
    pairs
        .filter(|(member, next)| member.compare(next, out) == Ordering::Equal)
        .map(|(_, second)| *second)
        .min_by_key(|second| second.offset)
}

/// Rewrites the sorted members that end `out` in their order; of equal ones the
/// last stays. `moved` is room to work in.
pub fn rewrite(out: &mut Vec<u8>, members: &[WrittenMember], moved: &mut Vec<u8>) {
    moved.clear();
    for (place, member) in members.iter().enumerate() {
        let next = members.get(place + 1);
        if next.is_some_and(|next| member.compare(next, out) == Ordering::Equal) {
            continue;
        }
        moved.extend_from_slice(out.get(member.start..member.end).unwrap_or(&[]));
        moved.push(b',');
    }
    moved.pop();
    if let Some(start) = members.iter().map(|member| member.start).min() {
        out.truncate(start);
        out.extend_from_slice(moved);
    }
}
