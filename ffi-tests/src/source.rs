//! `src/ffi` as syntax: its functions, option structs and statuses.

use std::path::PathBuf;

use syn::{Attribute, Expr, Fields, FnArg, Item, ItemFn, ItemStruct, Lit, Meta, Pat};

use crate::root;

/// A file of `src/ffi`, parsed.
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds.
    pub items: Vec<Item>,
    /// Its text.
    pub text: String,
}

/// Every file of `src/ffi`.
pub fn files() -> Result<Vec<Source>, String> {
    let folder = std::fs::read_dir(root().join("src/ffi")).map_err(|e| e.to_string())?;
    let mut paths: Vec<PathBuf> = folder
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(|e| e.to_string())?;
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
            let items = syn::parse_file(&text)
                .map_err(|e| format!("{}: {e}", path.display()))?
                .items;
            Ok(Source { path, items, text })
        })
        .collect()
}

/// Every function of `src/ffi` with a C calling convention.
pub fn entry_points() -> Result<Vec<ItemFn>, String> {
    let items = files()?.into_iter().flat_map(|source| source.items);
    Ok(items
        .filter_map(|item| match item {
            Item::Fn(function) if function.sig.abi.is_some() => Some(function),
            _ => None,
        })
        .collect())
}

/// Every struct of `src/ffi` whose layout is part of the ABI, with the names of
/// its members.
pub fn structs() -> Result<Vec<(ItemStruct, Vec<String>)>, String> {
    let items = files()?.into_iter().flat_map(|source| source.items);
    Ok(items
        .filter_map(|item| match item {
            Item::Struct(item) if has_attribute(&item.attrs, "repr") => {
                let Fields::Named(fields) = &item.fields else {
                    return None;
                };
                let names = fields.named.iter().filter_map(|field| field.ident.as_ref());
                let names = names.map(ToString::to_string).collect();
                Some((item, names))
            }
            _ => None,
        })
        .collect())
}

/// One status code.
pub struct Status {
    /// Its number in C.
    pub number: i32,
    /// Its name in C.
    pub name: String,
    /// Its doc comment, on one line.
    pub meaning: String,
}

/// Every status code, in the order of the source.
pub fn statuses() -> Result<Vec<Status>, String> {
    let items = files()?.into_iter().flat_map(|source| source.items);
    let statuses = items
        .filter_map(|item| match item {
            Item::Enum(item) if item.ident == "signet_status" => Some(item),
            _ => None,
        })
        .next()
        .ok_or("src/ffi has no signet_status")?;
    statuses
        .variants
        .iter()
        .map(|variant| {
            let name = variant.ident.to_string();
            let number = match &variant.discriminant {
                Some((_, Expr::Lit(literal))) => match &literal.lit {
                    Lit::Int(number) => number.base10_parse().map_err(|e| e.to_string())?,
                    _ => return Err(format!("{name} has no plain number")),
                },
                _ => return Err(format!("{name} has no explicit number")),
            };
            let meaning = docs(&variant.attrs).replace('\n', " ");
            Ok(Status {
                number,
                name,
                meaning: meaning.trim().to_owned(),
            })
        })
        .collect()
}

/// The text of the doc comment, line by line.
pub fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        if !pair.path.is_ident("doc") {
            return None;
        }
        let Expr::Lit(literal) = &pair.value else {
            return None;
        };
        match &literal.lit {
            Lit::Str(text) => Some(text.value().trim_start_matches(' ').to_owned()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether there is an attribute of this name.
pub fn has_attribute(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|found| found.path().is_ident(name))
}

/// The parameters of a function: names and types.
pub fn parameters(function: &ItemFn) -> Vec<(String, &syn::Type)> {
    let typed = function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input),
        FnArg::Receiver(_) => None,
    });
    typed
        .filter_map(|input| match &*input.pat {
            Pat::Ident(name) => Some((name.ident.to_string(), &*input.ty)),
            _ => None,
        })
        .collect()
}
