//! What the ABI tests share: the generated header, and the source behind it.

use std::path::{Path, PathBuf};

pub mod source;

/// The root of the project.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The header as `src/ffi` makes it now.
pub fn generate_header() -> Result<String, String> {
    let mut config = cbindgen::Config::from_file(root().join("cbindgen.toml"))?;
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).map_err(|e| e.to_string())?;
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .ok_or("Cargo.toml names no version")?;
    let mut parts = version.split('.');
    let mut part = || parts.next().unwrap_or("0").to_owned();
    let (major, minor, patch) = (part(), part(), part());
    config.after_includes = config.after_includes.map(|text| {
        text.replace("@MAJOR@", &major)
            .replace("@MINOR@", &minor)
            .replace("@PATCH@", &patch)
            .replace("@VERSION@", version)
    });
    // cbindgen sorts several sources by name; one source keeps our order.
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/header.rs");
    let mut all = String::new();
    for module in public_modules()? {
        let text = std::fs::read_to_string(&module).map_err(|e| e.to_string())?;
        all.extend(
            text.lines()
                .filter(|line| !line.starts_with("//!"))
                .flat_map(|l| [l, "\n"]),
        );
    }
    std::fs::create_dir_all(source.with_file_name("")).map_err(|e| e.to_string())?;
    std::fs::write(&source, all).map_err(|e| e.to_string())?;
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_src(&source)
        .generate()
        .map_err(|error| error.to_string())?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).map_err(|error| error.to_string())
}

/// The files of `src/ffi` that make up the header, in its order.
pub fn public_modules() -> Result<Vec<PathBuf>, String> {
    let folder = root().join("src/ffi");
    let list = std::fs::read_to_string(folder.join("mod.rs")).map_err(|e| e.to_string())?;
    let names = list
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    Ok(names
        .map(|name| folder.join(format!("{name}.rs")))
        .collect())
}

/// `docs/status-codes.md` as `src/ffi/status.rs` makes it now.
pub fn generate_status_codes() -> Result<String, String> {
    let mut text = String::from(
        "# Status codes\n\n\
         Every fallible function returns one of these; `signet_status_name()` gives a number its\n\
         name. Numbers never change, new ones are only added.\n\n\
         Written from `src/ffi/status.rs` by `make header`; do not edit.\n\n\
         | number | name | meaning |\n| ---: | --- | --- |\n",
    );
    for status in source::statuses()? {
        let (number, name, meaning) = (status.number, status.name, status.meaning);
        text.push_str(&format!("| {number} | `{name}` | {meaning} |\n"));
    }
    Ok(text)
}
