//! Writes include/signet.h.

fn main() -> Result<(), String> {
    let path = signet_ffi_tests::root().join("include/signet.h");
    let header = signet_ffi_tests::generate_header()?;
    std::fs::write(&path, header).map_err(|error| format!("{}: {error}", path.display()))
}
