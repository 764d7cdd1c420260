//! Writes include/signet.h and docs/status-codes.md.

use signet_ffi_tests::{generate_header, generate_status_codes, root};

fn main() -> Result<(), String> {
    write("include/signet.h", generate_header()?)?;
    write("docs/status-codes.md", generate_status_codes()?)
}

fn write(name: &str, text: String) -> Result<(), String> {
    let path = root().join(name);
    std::fs::create_dir_all(path.with_file_name(""))
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}
