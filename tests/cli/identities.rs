//! `signet identity`.

use crate::program::Place;

#[test]
fn a_key_that_is_not_there_is_an_error_with_advice() {
    let said = Place::new().fails(3, ["identity", "export", "--name", "nobody"]);
    assert!(said.contains("signet identity generate"), "{said}");
}
