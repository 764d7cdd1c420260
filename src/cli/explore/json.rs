//! Records in JSON: as they stand in the log, with their number in the list.

use signet::log::StoredRecord;

use crate::audit::append_record;

/// A record of the list.
pub fn listed(number: u64, record: &StoredRecord, link: &str) -> String {
    object(number, record, None, Some(link))
}

/// One record, with its params in clear where they were opened.
pub fn one(number: u64, record: &StoredRecord, opened: Option<&[u8]>) -> String {
    object(number, record, opened, None)
}

fn object(number: u64, record: &StoredRecord, opened: Option<&[u8]>, link: Option<&str>) -> String {
    let link = link.map_or_else(String::new, |link| {
        let state = if link == "linked" { "linked" } else { "broken" };
        format!("\"chain\":\"{state}\",")
    });
    let before = format!("\"number\":{number},\"index\":{},{link}", record.index);
    let mut out = Vec::new();
    append_record(&mut out, record, &before, opened);
    String::from_utf8_lossy(&out).into_owned()
}
